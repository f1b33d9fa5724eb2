#pragma once

#include "carillon/runner/runner.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

namespace carillon {

/// The outcome of an attempt that was stopped for that reason and didn't end in success. A lost lease and a stopping
/// node count as `cancelled`: what becomes of such a job is the executor's decision.
[[nodiscard]] constexpr job_outcome stopped_outcome(stop_reason why) noexcept {
  return why == stop_reason::timed_out ? job_outcome::timed_out : job_outcome::cancelled;
}

/// Why, for a person: the beginning of an error text.
[[nodiscard]] constexpr std::string_view stopped_text(stop_reason why) noexcept {
  switch (why) {
    case stop_reason::cancelled: return "cancelled";
    case stop_reason::timed_out: return "stopped at its time limit";
    case stop_reason::lease_lost: return "stopped because its lease was lost";
    case stop_reason::node_stops: return "stopped because the node stops";
  }
  return "stopped";
}

/// How code that was asked to stop has ended: a success it is all the same.
[[nodiscard]] inline attempt_result with_reason(attempt_result ended, std::optional<stop_reason> stopped) {
  if (!stopped || ended.outcome == job_outcome::success)
    return ended;
  ended.outcome = stopped_outcome(*stopped);
  ended.error_text = ended.error_text.empty() ? std::string{stopped_text(*stopped)}
                                              : fmt::format("{}: {}", stopped_text(*stopped), ended.error_text);
  return ended;
}

} // namespace carillon
