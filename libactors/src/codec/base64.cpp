#include "codec/base64.hpp"

#include <cstdint>

namespace carillon::codec {
namespace {
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string to_base64(std::string_view raw) {
  std::string text;
  text.reserve((raw.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < raw.size(); i += 3) {
    const auto byte = [&](std::size_t k) { return i + k < raw.size() ? static_cast<std::uint8_t>(raw[i + k]) : 0U; };
    const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    text += alphabet[group >> 18];
    text += alphabet[group >> 12 & 63];
    text += i + 1 < raw.size() ? alphabet[group >> 6 & 63] : '=';
    text += i + 2 < raw.size() ? alphabet[group & 63] : '=';
  }
  return text;
}

std::optional<std::string> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string raw;
  raw.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size() - padding; ++i) {
    const auto digit = alphabet.find(text[i]);
    if (digit == std::string_view::npos)
      return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if (i % 4 != 0)
      raw += static_cast<char>(bits >> (2 * (3 - i % 4)) & 255);
  }
  // What the padding cuts off must be zero, or two texts would mean the same bytes.
  const std::uint32_t unused = padding == 1 ? 3 : padding == 2 ? 15 : 0;
  if ((bits & unused) != 0)
    return std::nullopt;
  return raw;
}

} // namespace carillon::codec
