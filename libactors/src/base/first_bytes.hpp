#pragma once

#include <cstddef>
#include <string_view>

namespace carillon {

/// The beginning of a UTF-8 text: at most `most` bytes, and no part of a character at its end. (What isn't UTF-8 must not get into
/// `{:?}`: fmt 9, as Debian's spdlog has it within, stops the process for a character that is cut off.)
[[nodiscard]] constexpr std::string_view first_bytes(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most)
    return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) // within a character
    --most;
  return text.substr(0, most);
}

} // namespace carillon
