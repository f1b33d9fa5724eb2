#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
/// @file
/// What running jobs say of themselves: how far they are, and lines. Kept in memory, for a while; nothing of it is durable.
namespace carillon {

/// Who said a line.
enum class log_stream : std::uint8_t {
  log,     ///< the code, by `job_context::log`
  output,  ///< a command, on its standard output or error, in the order in which it wrote
  carillon ///< nobody: it tells how many lines are left out
};

/// A line that a job has said.
struct log_line {
  std::uint64_t number = 0;  ///< from 1, rising within a job; progress has numbers too, so not each one is a line's
  std::uint32_t attempt = 0; ///< that said it, from 1; see job::attempt
  log_stream stream = log_stream::log; ///< who said it
  timestamp at{};                      ///< by the clock of the node with the store
  std::string text;                    ///< UTF-8, without its end of line; cut by the executor at 4 KiB
};

/// How far a job is, and what it does just now.
struct job_progress {
  std::uint64_t number = 0;  ///< rises with each change; see log_line
  std::uint32_t attempt = 0; ///< that said it; an older attempt's word doesn't replace it
  timestamp at{};            ///< as in log_line
  double fraction = 0;       ///< 0 to 1
  std::string text;          ///< as in log_line; may be empty
};

/// What there is of a job after some number.
struct job_log_page {
  std::optional<job_progress> progress; ///< the newest, whatever its number; none: it never said
  std::vector<log_line> lines;          ///< oldest first
  std::uint64_t next = 0;               ///< the number after which to go on
  bool ended = false; ///< the job has finished and nothing follows; where something is newer, the next page may say so
};

// ---- as an executor tells it: ages instead of instants

/// A line on its way to the log.
struct said_line {
  log_stream stream = log_stream::log; ///< who said it
  duration age{};                      ///< how long before the report it was said; a negative one counts as 0
  std::string text;                    ///< as in log_line
};
/// A progress on its way to the log.
struct said_progress {
  duration age{};      ///< as in said_line
  double fraction = 0; ///< 0 to 1; the log makes what is outside one of them, what isn't finite 0
  std::string text;    ///< as in job_progress
};
/// What one attempt has said since the report before.
struct job_report {
  job_id job;                            ///< whose attempt it is
  std::uint32_t attempt = 0;             ///< its number, from 1
  std::optional<said_progress> progress; ///< the newest
  std::uint64_t left_out = 0;            ///< lines before these that were too many, or got lost
  std::vector<said_line> lines;          ///< oldest first
  bool ended = false;                    ///< the attempt says nothing more
};

/// The enumerator's name; `unknown` for a number that has none.
[[nodiscard]] std::string_view to_string(log_stream x) noexcept;
/// The text of the line that tells of so many.
[[nodiscard]] std::string left_out_text(std::uint64_t lines);

} // namespace carillon
#pragma GCC visibility pop
