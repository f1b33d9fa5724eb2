#include "carillon/testing/sequence_chart.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::testing {
namespace {

constexpr std::size_t column_gap = 3;
constexpr std::size_t longest_text = 60;

/// The actors, and where their lines stand.
class columns {
public:
  explicit columns(const std::vector<chart_message>& messages) {
    for (const auto& message : messages)
      for (const auto* name : {&message.from, &message.to})
        if (std::ranges::find(names_, *name) == names_.end())
          names_.push_back(*name);
    std::size_t begin = 0;
    for (const auto& name : names_) {
      places_.push_back(begin + name.size() / 2);
      begin += name.size() + column_gap;
    }
    width_ = begin;
  }

  [[nodiscard]] std::size_t place_of(const std::string& name) const {
    return places_[static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin())];
  }
  [[nodiscard]] std::string heads() const {
    std::string line;
    for (const auto& name : names_)
      line += name + std::string(column_gap, ' ');
    return line;
  }
  /// The actors' lines, with an arrow between two of them.
  [[nodiscard]] std::string arrow(const chart_message& message) const {
    std::string line(width_, ' ');
    for (const auto place : places_)
      line[place] = '|';
    const auto from = place_of(message.from), to = place_of(message.to);
    if (from == to) {
      line.replace(from, 2, "@ ");
      return line;
    }
    const auto left = std::min(from, to), right = std::max(from, to);
    for (auto place = left + 1; place < right; ++place)
      line[place] = message.note.empty() ? '-' : '.';
    if (from < to)
      line[right - 1] = '>';
    else
      line[left + 1] = '<';
    return line;
  }

private:
  std::vector<std::string> names_;
  std::vector<std::size_t> places_;
  std::size_t width_ = 0;
};

} // namespace

std::string sequence_chart(const std::vector<chart_message>& messages) {
  const columns lines{messages};
  std::string chart = fmt::format("{:>12}  {}\n", "seconds", lines.heads());
  for (const auto& message : messages) {
    const auto is_long = message.text.size() > longest_text;
    chart += fmt::format("{:12.6f}  {} {:.{}}", std::chrono::duration<double>(message.at).count(), lines.arrow(message),
                         message.text, is_long ? longest_text - 3 : longest_text);
    chart += is_long ? "..." : "";
    if (!message.note.empty())
      chart += " (" + message.note + ")";
    chart += "\n";
  }
  return chart;
}

} // namespace carillon::testing
