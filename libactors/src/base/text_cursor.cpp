#include "base/text_cursor.hpp"

#include <fmt/format.h>

namespace carillon {
namespace {

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t count_while(std::string_view text, bool (*accept)(char)) {
  std::size_t count = 0;
  while (count < text.size() && accept(text[count]))
    ++count;
  return count;
}

} // namespace

std::string_view text_cursor::take_letters() noexcept {
  const auto taken = rest().substr(0, count_while(rest(), is_ascii_letter));
  position_ += taken.size();
  return taken;
}

std::string_view text_cursor::take_digits() noexcept {
  const auto taken = rest().substr(0, count_while(rest(), is_ascii_digit));
  position_ += taken.size();
  return taken;
}

std::optional<std::uint32_t> text_cursor::take_number(std::size_t count) noexcept {
  const auto digits = rest().substr(0, count);
  if (digits.size() != count || count_while(digits, is_ascii_digit) != count)
    return std::nullopt;
  std::uint32_t value = 0;
  for (const char digit : digits)
    value = value * 10 + static_cast<std::uint32_t>(digit - '0');
  position_ += count;
  return value;
}

error text_cursor::fault_at(std::size_t column, std::string_view what) {
  return {ec::invalid_argument, fmt::format("position {}: {}", column, what)};
}

} // namespace carillon
