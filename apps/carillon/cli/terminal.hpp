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

/// One line on standard error that is overwritten, if that is a terminal, and gone in the end.
class progress_line {
public:
  progress_line();
  ~progress_line() { clear(); }
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  void show(const std::string& text);
  void clear();
  [[nodiscard]] bool is_terminal() const noexcept { return is_terminal_; }

private:
  bool is_terminal_;
  bool is_shown_ = false;
};

/// How many columns a UTF-8 text takes, counting each character as one.
[[nodiscard]] std::size_t width_of(std::string_view text) noexcept;

} // namespace carillon::app
