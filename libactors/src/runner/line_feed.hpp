#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Splits what a program writes into lines, for its log. Of what isn't taken the newest lines are kept, up to a number and a
/// size, and the rest is counted. A line that is too long goes on in the next one.
class line_feed {
public:
  struct limits {
    std::size_t lines = 256;
    std::size_t line_bytes = 4 << 10;
    std::size_t size_bytes = 64 << 10;
  };

  line_feed() = default;
  explicit line_feed(limits bounds) : bounds_(bounds) {}

  void add(std::string_view written);
  /// Nothing more is written: what has no line break is a line too.
  void end();

  [[nodiscard]] bool has_lines() const noexcept { return !lines_.empty(); }

  struct taken {
    std::uint64_t left_out = 0; ///< lines before these
    std::vector<std::string> lines;
  };
  [[nodiscard]] taken take();

private:
  void skip_what_would_go(std::string_view& written);
  void push(std::string line);

  limits bounds_;
  std::deque<std::string> lines_;
  std::size_t size_bytes_ = 0;
  std::uint64_t left_out_ = 0;
  std::string unfinished_;
};

/// A line such as `::progress 0.4 half done`: a program's way to say how far it is. The text may be missing.
struct progress_line {
  double fraction = 0; ///< 0 to 1
  std::string_view text;
};
/// Nothing if it isn't one, or its number is none from 0 to 1: then it is a line like any other.
[[nodiscard]] std::optional<progress_line> parse_progress_line(std::string_view line);

} // namespace carillon
