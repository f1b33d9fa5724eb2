#pragma once

#include "carillon/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

/// Reads a short text from left to right and knows the column, for messages that say where a fault is. `first_column`
/// is that of the text's first character, for a text that is part of another one.
class text_cursor {
public:
  explicit text_cursor(std::string_view text, std::size_t first_column = 1) noexcept
    : text_(text), first_column_(first_column) {}

  [[nodiscard]] bool at_end() const noexcept { return position_ == text_.size(); }
  /// The next character, NUL at the end.
  [[nodiscard]] char peek() const noexcept { return at_end() ? '\0' : text_[position_]; }
  [[nodiscard]] std::size_t column() const noexcept { return first_column_ + position_; }
  [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(position_); }
  void advance() noexcept { position_ += at_end() ? 0 : 1; }

  /// Steps over `expected` if it is next.
  bool take(char expected) noexcept {
    const bool is_next = !at_end() && text_[position_] == expected;
    position_ += is_next ? 1 : 0;
    return is_next;
  }
  /// Steps over blanks and tells whether there were any.
  bool take_blanks() noexcept {
    const auto begin = position_;
    while (peek() == ' ' || peek() == '\t')
      ++position_;
    return position_ > begin;
  }
  /// Reads as many ASCII letters or digits as there are.
  [[nodiscard]] std::string_view take_letters() noexcept;
  [[nodiscard]] std::string_view take_digits() noexcept;
  /// Reads exactly `count` digits (at most 9); nothing, and no step, when they aren't there.
  [[nodiscard]] std::optional<std::uint32_t> take_number(std::size_t count) noexcept;

  /// `position 7: expected a digit`
  [[nodiscard]] error fault(std::string_view expected) const { return fault_at(column(), expected); }
  [[nodiscard]] static error fault_at(std::size_t column, std::string_view what);

private:
  std::string_view text_;
  std::size_t first_column_;
  std::size_t position_ = 0;
};

} // namespace carillon
