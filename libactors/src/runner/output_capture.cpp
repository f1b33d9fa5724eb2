#include "runner/output_capture.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {
namespace {

// Without the character that the cut after `text` may have split.
std::string_view without_split_end(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const char byte = text[text.size() - back];
    if (is_continuation(byte))
      continue;
    const auto lead = static_cast<unsigned char>(byte);
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return size > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

// Likewise for the cut before it.
std::string_view without_split_begin(std::string_view text) {
  std::size_t skipped = 0;
  while (skipped < 3 && skipped < text.size() && is_continuation(text[skipped]))
    ++skipped;
  return text.substr(skipped);
}

} // namespace

void output_capture::add(std::string_view written) {
  total_ += written.size();
  const auto to_head = std::min(written.size(), head_limit_ - head_.size());
  head_.append(written.substr(0, to_head));
  written.remove_prefix(to_head);
  if (written.size() >= tail_limit_) {
    tail_.assign(written.substr(written.size() - tail_limit_));
    tail_begin_ = 0;
    return;
  }
  const auto grows = std::min(written.size(), tail_limit_ - tail_.size());
  tail_.append(written.substr(0, grows));
  written.remove_prefix(grows);
  while (!written.empty()) {
    const auto run = std::min(written.size(), tail_.size() - tail_begin_);
    std::copy_n(written.begin(), run, tail_.begin() + static_cast<std::ptrdiff_t>(tail_begin_));
    tail_begin_ = (tail_begin_ + run) % tail_.size();
    written.remove_prefix(run);
  }
}

std::string output_capture::tail() const { return tail_.substr(tail_begin_) + tail_.substr(0, tail_begin_); }

std::string output_capture::text() const {
  auto last = tail();
  if (total_ == head_.size() + last.size())
    return to_utf8(head_ + last);
  const auto first = without_split_end(head_);
  const auto note = [&](std::size_t kept) { return fmt::format("\n[carillon: {} bytes left out]\n", total_ - kept); };
  const auto room = note(0).size(); // the longest that it gets
  if (last.size() < room)
    return to_utf8(std::string{first} + last);
  const auto end = without_split_begin(std::string_view{last}.substr(room));
  return to_utf8(first) + note(first.size() + end.size()) + to_utf8(end);
}

} // namespace carillon
