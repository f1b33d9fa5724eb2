#pragma once

#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"

#include <optional>
#include <string_view>

namespace carillon {

/// The longest length of time that anything takes: far enough from the end of the range that sums don't overflow.
inline constexpr duration longest_duration = std::chrono::years{10'000};

/// Errors, which name the field: ec::invalid_argument if it is negative; ec::limit_exceeded above `longest_duration`.
[[nodiscard]] result<void> check_duration(std::string_view field, std::optional<duration> length);

} // namespace carillon
