#pragma once

#include <algorithm>
#include <string_view>

namespace carillon::crontab {

/// What separates the parts of a line.
inline constexpr std::string_view blanks = " \t";

inline void skip_blanks(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

[[nodiscard]] inline std::string_view without_trailing_blanks(std::string_view text) noexcept {
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Takes what stands before the next blank, or the end.
[[nodiscard]] inline std::string_view take_word(std::string_view& text) noexcept {
  const auto word = text.substr(0, text.find_first_of(blanks));
  text.remove_prefix(word.size());
  return word;
}

} // namespace carillon::crontab
