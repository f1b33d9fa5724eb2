#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::crontab {

/// A line `NAME = value`.
struct variable {
  std::string name;
  std::string value;
  std::size_t value_column = 0; ///< from 1; one past the end for an empty value
};

/// Reads a line as a variable. Blanks around the `=` and the name don't count, nor do those at the end of the value; the
/// value, or the name, may stand in quotes (single or double), which keep them. A name begins with a letter, a digit or `_`
/// and has no blank, quote or `=`. Nothing is replaced in the value: a `$` stays one. Nothing if the line has another form.
[[nodiscard]] std::optional<variable> parse_variable(std::string_view line);

} // namespace carillon::crontab
