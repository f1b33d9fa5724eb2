#pragma once

#include "carillon/runner/runner.hpp"

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

} // namespace carillon
