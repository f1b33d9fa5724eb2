#include "keyed/keyed_store.hpp"

namespace carillon::keyed {

result<void> keyed_store::note_scheduler(const std::string& name, bool has_started) {
  next_revision();
  add_event(has_started ? event_type::scheduler_started : event_type::scheduler_stopped).executor = name;
  return {};
}

result<std::uint64_t> keyed_store::enrol_process() { return next_revision(); }

} // namespace carillon::keyed
