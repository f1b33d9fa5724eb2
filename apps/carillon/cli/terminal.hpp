#pragma once

#include <string>
#include <string_view>

namespace carillon::app {

enum class colour { none, red, green, yellow, dim, bold };

/// What a stream can show. Colours only on a terminal, and not with NO_COLOR set or TERM=dumb.
[[nodiscard]] bool has_colours(int descriptor);

/// The text in that colour, or as it is.
[[nodiscard]] std::string paint(std::string_view text, colour with, bool colours);

/// The text without what would move the cursor or change the colours of a terminal: control characters become `?`.
[[nodiscard]] std::string printable(std::string_view text);

/// How many columns a UTF-8 text takes, counting each character as one.
[[nodiscard]] std::size_t width_of(std::string_view text) noexcept;

} // namespace carillon::app
