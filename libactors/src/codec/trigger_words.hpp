#pragma once

#include "carillon/trigger/definition.hpp"

#include <optional>
#include <string_view>

namespace carillon::codec {

// The words that JSON has for the values of a trigger. Reading gives nothing for an unknown word.

[[nodiscard]] std::string_view to_word(gap_policy policy) noexcept;
[[nodiscard]] std::optional<gap_policy> parse_gap_policy(std::string_view word) noexcept;

[[nodiscard]] std::string_view to_word(overlap_pass pass) noexcept;
[[nodiscard]] std::optional<overlap_pass> parse_overlap_pass(std::string_view word) noexcept;

/// 1 is `mon`, 7 is `sun`; letters are read case-insensitively.
[[nodiscard]] std::string_view weekday_word(std::uint8_t weekday) noexcept;
[[nodiscard]] std::optional<std::uint8_t> parse_weekday(std::string_view word) noexcept;

} // namespace carillon::codec
