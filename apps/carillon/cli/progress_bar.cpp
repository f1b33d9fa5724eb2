#include "cli/progress_bar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace carillon::app {

std::string render_progress_bar(std::string_view what, std::uint64_t done, std::uint64_t total, std::string_view unit) {
  if (total == 0)
    return fmt::format("{} {} {}", what, done, unit);
  constexpr std::uint64_t width = 20;
  constexpr std::uint64_t hundred = 100;
  const auto part = std::min(done, total); // the total may be an estimate
  const auto share = static_cast<double>(part) / static_cast<double>(total);
  const auto filled = static_cast<std::size_t>(share * width);
  return fmt::format("{} [{}{}] {} %, {} of {} {}", what, std::string(filled, '#'), std::string(width - filled, '-'),
                     static_cast<std::uint64_t>(share * hundred), done, total, unit);
}

void progress_bar::show(std::uint64_t done, std::uint64_t total) {
  using namespace std::chrono_literals;
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < (line_.is_terminal() ? 100ms : 10'000ms))
    return;
  shown_ = now;
  const auto text = render_progress_bar(what_, done, total, unit_);
  if (line_.is_terminal())
    line_.show(text);
  else
    std::fputs((text + "\n").c_str(), stderr);
}

} // namespace carillon::app
