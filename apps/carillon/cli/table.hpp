#pragma once

#include "cli/terminal.hpp"

#include <string>
#include <vector>

namespace carillon::app {

struct cell {
  std::string text;
  colour with = colour::none;
};

/// A table for people: left-aligned columns, two spaces apart, each as wide as its widest cell. It may come in parts, as
/// pages of a list do: the columns never get narrower, and the heading stands above the first part.
class table {
public:
  table(std::vector<std::string> headings, bool colours);

  /// The lines of these rows, each with as many cells as there are headings.
  [[nodiscard]] std::string render(const std::vector<std::vector<cell>>& rows);

private:
  [[nodiscard]] std::string line(const std::vector<cell>& cells) const;

  std::vector<std::string> headings_;
  std::vector<std::size_t> widths_;
  bool colours_;
  bool has_heading_ = false;
};

} // namespace carillon::app
