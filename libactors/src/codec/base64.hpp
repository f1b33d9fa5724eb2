#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::codec {

/// RFC 4648, section 4, with padding.
[[nodiscard]] std::string to_base64(std::string_view raw);

/// Nothing for a text that `to_base64` would not have written (other characters, wrong padding, stray bits).
[[nodiscard]] std::optional<std::string> parse_base64(std::string_view text);

} // namespace carillon::codec
