#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace carillon::crontab {

/// Where the first byte stands that no command line or variable can have: a NUL, or one that isn't part of valid UTF-8.
[[nodiscard]] std::optional<std::size_t> find_bad_byte(std::string_view text) noexcept;

} // namespace carillon::crontab
