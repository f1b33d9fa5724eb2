#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What running jobs say of themselves: how far they are, and lines. Kept in memory, for a while; nothing of it is durable.
namespace carillon {

/// Who said a line.
enum class log_stream : std::uint8_t {
  log,     ///< the code, by `job_context::log`
  output,  ///< a command, on its standard output or error, in the order in which it wrote
  carillon ///< nobody: it tells how many lines are left out
};

struct log_line {
  std::uint64_t number = 0; ///< from 1, rising within a job; progress has numbers too, so not each one is a line's
  std::uint32_t attempt = 0;
  log_stream stream = log_stream::log;
  timestamp at{}; ///< by the clock of the node with the store
  std::string text;
};

struct job_progress {
  std::uint64_t number = 0; ///< rises with each change; see log_line
  std::uint32_t attempt = 0;
  timestamp at{};
  double fraction = 0; ///< 0 to 1
  std::string text;
};

/// What there is of a job after some number.
struct job_log_page {
  std::optional<job_progress> progress; ///< the newest, whatever its number; none: it never said
  std::vector<log_line> lines;          ///< oldest first
  std::uint64_t next = 0;               ///< the number after which to go on
  bool ended = false; ///< the job has finished and nothing follows; where something is newer, the next page may say so
};

// ---- as an executor tells it: ages instead of instants

struct said_line {
  log_stream stream = log_stream::log;
  duration age{};
  std::string text;
};
struct said_progress {
  duration age{};
  double fraction = 0;
  std::string text;
};
/// What one attempt has said since the report before.
struct job_report {
  job_id job;
  std::uint32_t attempt = 0;
  std::optional<said_progress> progress; ///< the newest
  std::uint64_t left_out = 0;            ///< lines before these that were too many, or got lost
  std::vector<said_line> lines;
  bool ended = false; ///< the attempt says nothing more
};

[[nodiscard]] std::string_view to_string(log_stream x) noexcept;
/// The text of the line that tells of so many.
[[nodiscard]] std::string left_out_text(std::uint64_t lines);

} // namespace carillon
