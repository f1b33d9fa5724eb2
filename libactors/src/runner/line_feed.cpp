#include "runner/line_feed.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace carillon {

// A program may write some hundred million lines a second: those that wouldn't be kept are only counted.
void line_feed::skip_what_would_go(std::string_view& written) {
  auto end = written.size();
  for (std::size_t breaks = 0; breaks <= bounds_.lines; ++breaks) {
    if (end == 0)
      return;
    end = written.rfind('\n', end - 1);
    if (end == std::string_view::npos)
      return;
  }
  const auto skipped = written.substr(0, end + 1);
  left_out_ += lines_.size() + static_cast<std::uint64_t>(std::count(skipped.begin(), skipped.end(), '\n'));
  lines_.clear();
  size_bytes_ = 0;
  unfinished_.clear();
  written.remove_prefix(skipped.size());
}

void line_feed::push(std::string line) {
  size_bytes_ += line.size();
  lines_.push_back(std::move(line));
  while (lines_.size() > bounds_.lines || (size_bytes_ > bounds_.size_bytes && lines_.size() > 1)) {
    size_bytes_ -= lines_.front().size();
    lines_.pop_front();
    ++left_out_;
  }
}

void line_feed::add(std::string_view written) {
  skip_what_would_go(written);
  while (!written.empty()) {
    const auto end = written.find('\n');
    const auto rest = std::min(end, written.size());
    const auto fits = std::min(rest, bounds_.line_bytes - unfinished_.size());
    unfinished_ += written.substr(0, fits);
    const bool is_whole = fits == rest && end != std::string_view::npos;
    written.remove_prefix(fits + (is_whole ? 1 : 0));
    if (is_whole || unfinished_.size() == bounds_.line_bytes)
      push(std::exchange(unfinished_, {}));
  }
}

void line_feed::end() {
  if (!unfinished_.empty())
    push(std::exchange(unfinished_, {}));
}

line_feed::taken line_feed::take() {
  taken all;
  all.left_out = std::exchange(left_out_, 0);
  all.lines.assign(std::move_iterator{lines_.begin()}, std::move_iterator{lines_.end()});
  lines_.clear();
  size_bytes_ = 0;
  return all;
}

std::optional<progress_line> parse_progress_line(std::string_view line) {
  constexpr std::string_view mark = "::progress ";
  if (!line.starts_with(mark))
    return std::nullopt;
  line.remove_prefix(mark.size());
  progress_line read;
  const auto [rest, fault] = std::from_chars(line.data(), line.data() + line.size(), read.fraction);
  if (fault != std::errc{} || !(read.fraction >= 0 && read.fraction <= 1))
    return std::nullopt;
  read.text = line.substr(static_cast<std::size_t>(rest - line.data()));
  if (!read.text.empty() && read.text.front() != ' ')
    return std::nullopt;
  read.text.remove_prefix(std::min<std::size_t>(1, read.text.size()));
  return read;
}

} // namespace carillon
