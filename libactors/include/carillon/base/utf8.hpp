#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)

namespace carillon {

/// Whether this byte goes on with a character that another one has begun.
[[nodiscard]] constexpr bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// Where the first byte stands that isn't part of well-formed UTF-8; `npos` if there is none.
[[nodiscard]] std::size_t find_not_utf8(std::string_view text) noexcept;

/// `text` with each byte that isn't part of well-formed UTF-8 replaced by U+FFFD (which takes three bytes).
[[nodiscard]] std::string to_utf8(std::string_view text);

/// The beginning of a UTF-8 text: at most `most` bytes, and no part of a character at its end.
[[nodiscard]] std::string_view first_bytes(std::string_view text, std::size_t most) noexcept;

/// `text` for a message, in double quotes, on one line and fit for a terminal whatever it is: characters that can't be seen, or that
/// end a line or change its direction, as in C (`\n`, `\x1b`, `\u{202e}`), bytes that aren't UTF-8 as `\xff`. (fmt's own form, with `?`,
/// must not be given what isn't UTF-8: fmt 9, parts of which Debian's libspdlog shows to all of its process, then stops that.)
[[nodiscard]] std::string quote(std::string_view text);

} // namespace carillon

#pragma GCC visibility pop
