#include "crontab/text_bytes.hpp"

#include <cstdint>

namespace carillon::crontab {
namespace {

// The size of the sequence at the front of `text`, by the table of well-formed sequences (Unicode 15, table 3-7); 0: none.
std::size_t sequence_size(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto in = [&](std::size_t i, std::uint8_t low, std::uint8_t high) { return byte(i) >= low && byte(i) <= high; };
  const auto continues = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
  if (in(0, 0x01, 0x7F))
    return 1;
  if (in(0, 0xC2, 0xDF))
    return continues(1) ? 2 : 0;
  if (in(0, 0xE0, 0xEF)) {
    const bool second = byte(0) == 0xE0 ? in(1, 0xA0, 0xBF) : byte(0) == 0xED ? in(1, 0x80, 0x9F) : continues(1);
    return second && continues(2) ? 3 : 0;
  }
  if (in(0, 0xF0, 0xF4)) {
    const bool second = byte(0) == 0xF0 ? in(1, 0x90, 0xBF) : byte(0) == 0xF4 ? in(1, 0x80, 0x8F) : continues(1);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

} // namespace

std::optional<std::size_t> find_bad_byte(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto size = sequence_size(text.substr(i));
    if (size == 0)
      return i;
    i += size;
  }
  return std::nullopt;
}

} // namespace carillon::crontab
