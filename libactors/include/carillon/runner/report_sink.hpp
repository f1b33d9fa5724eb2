#pragma once

#include "carillon/model/job_log.hpp"

#include <cstdint>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// Takes what one attempt says while it runs. Any thread; cheap, never waits, never throws. What is too long is cut, and of
/// what is too much the oldest goes and is counted. After the attempt has ended it takes nothing.
class report_sink {
public:
  virtual ~report_sink() = default;
  /// How far it is, 0 to 1 (what is outside becomes one of them), and what it does just now. Only the newest is told.
  virtual void progress(double fraction, std::string_view text) noexcept = 0;
  /// A line, or several if it has line breaks, and who says it.
  virtual void line(log_stream from, std::string_view text) noexcept = 0;
  /// So many lines, after those said so far, were too many to be taken at all.
  virtual void left_out(std::uint64_t lines) noexcept = 0;
};

} // namespace carillon
#pragma GCC visibility pop
