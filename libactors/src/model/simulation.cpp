#include "carillon/model/simulation.hpp"

namespace carillon {

std::string_view to_string(simulated_decision::kind x) noexcept {
  switch (x) {
    case simulated_decision::kind::job: return "job";
    case simulated_decision::kind::skip: return "skip";
    case simulated_decision::kind::schedule_finished: return "schedule_finished";
    case simulated_decision::kind::schedule_paused: return "schedule_paused";
  }
  return "unknown";
}

} // namespace carillon
