#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace carillon {
namespace {

// The character that is `bytes`, which are well-formed.
std::uint32_t code_point(std::string_view bytes) noexcept {
  constexpr unsigned lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t code = static_cast<unsigned char>(bytes.front()) & lead_bits[bytes.size()];
  for (const char byte : bytes.substr(1))
    code = code << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  return code;
}

// What would move a terminal's cursor, break the line, change its direction, or can't be seen: the control characters, and Unicode's
// "format" characters and separators (its categories Cc, Cf, Zl, Zp, and Zs but for the plain space).
bool disturbs_a_line(std::uint32_t code) noexcept {
  constexpr std::pair<std::uint32_t, std::uint32_t> ranges[] = {
      {0x0000, 0x001F},   {0x007F, 0x00A0},   {0x00AD, 0x00AD},   {0x0600, 0x0605},   {0x061C, 0x061C},
      {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x1680, 0x1680},
      {0x180E, 0x180E},   {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x2064},   {0x2066, 0x206F},
      {0x3000, 0x3000},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},
      {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0001, 0xE007F}};
  return std::ranges::any_of(ranges, [&](const auto& range) { return code >= range.first && code <= range.second; });
}

void append_escaped(std::string& out, std::string_view character) {
  const auto code = code_point(character);
  switch (code) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    default: break;
  }
  if (!disturbs_a_line(code))
    out += character;
  else if (code < 0x80)
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", code);
  else
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", code);
}

// The number of bytes of the well-formed character that `text` begins with; 0 for none (Unicode 15, table 3-7).
std::size_t character_size(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (text.empty())
    return 0;
  const auto first = at(0);
  if (first < 0x80)
    return 1;
  std::size_t size = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF; // bounds of the second byte: no overlong form, no surrogate, nothing above U+10FFFF
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3;
    low = first == 0xE0 ? 0xA0 : low;
    high = first == 0xED ? 0x9F : high;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4;
    low = first == 0xF0 ? 0x90 : low;
    high = first == 0xF4 ? 0x8F : high;
  }
  if (size == 0 || text.size() < size || at(1) < low || at(1) > high)
    return 0;
  for (std::size_t i = 2; i < size; ++i)
    if (!is_continuation(text[i]))
      return 0;
  return size;
}

} // namespace

std::size_t find_not_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto size = character_size(text.substr(i));
    if (size == 0)
      return i;
    i += size;
  }
  return std::string_view::npos;
}

std::string to_utf8(std::string_view text) {
  std::string good;
  good.reserve(text.size());
  while (!text.empty()) {
    const auto size = character_size(text);
    good += size > 0 ? text.substr(0, size) : std::string_view{"\xEF\xBF\xBD"};
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return good;
}

std::string_view first_bytes(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most)
    return text;
  while (most > 0 && is_continuation(text[most])) // within a character
    --most;
  return text.substr(0, most);
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const auto size = character_size(text);
    if (size > 0)
      append_escaped(out, text.substr(0, size));
    else
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text.front()));
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out += '"';
}

} // namespace carillon
