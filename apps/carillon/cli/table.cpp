#include "cli/table.hpp"

#include <algorithm>
#include <utility>

namespace carillon::app {

table::table(std::vector<std::string> headings, bool colours) : headings_(std::move(headings)), colours_(colours) {
  for (const auto& heading : headings_)
    widths_.push_back(width_of(heading));
}

std::string table::line(const std::vector<cell>& cells) const {
  std::string out;
  std::size_t missing = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    out.append(missing, ' ');
    const auto text = printable(cells[i].text);
    out += paint(text, cells[i].with, colours_);
    constexpr std::size_t gap = 2;
    missing = widths_[i] + gap - std::min(widths_[i], width_of(text));
  }
  return out + "\n";
}

std::string table::render(const std::vector<std::vector<cell>>& rows) {
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths_[i] = std::max(widths_[i], width_of(printable(row[i].text)));
  std::string out;
  if (!std::exchange(has_heading_, true)) {
    std::vector<cell> cells;
    for (const auto& heading : headings_)
      cells.push_back({heading, colour::dim});
    out += line(cells);
  }
  for (const auto& row : rows)
    out += line(row);
  return out;
}

} // namespace carillon::app
