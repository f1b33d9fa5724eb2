#pragma once

#include "carillon/base/result.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace carillon {

/// What a page may hold. ec::limit_exceeded.
[[nodiscard]] inline result<std::size_t> check_page_limit(std::size_t limit, std::size_t most) {
  if (limit < 1 || limit > most)
    return {ec::limit_exceeded, fmt::format("page: limit {}, allowed are 1 to {}", limit, most)};
  return limit;
}

} // namespace carillon
