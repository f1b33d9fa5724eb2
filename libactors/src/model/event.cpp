#include "carillon/model/event.hpp"

#include <algorithm>

namespace carillon {

std::string_view to_string(event_type x) noexcept {
  switch (x) {
    case event_type::task_added: return "task_added";
    case event_type::task_updated: return "task_updated";
    case event_type::task_removed: return "task_removed";
    case event_type::schedule_added: return "schedule_added";
    case event_type::schedule_updated: return "schedule_updated";
    case event_type::schedule_removed: return "schedule_removed";
    case event_type::schedule_paused: return "schedule_paused";
    case event_type::schedule_resumed: return "schedule_resumed";
    case event_type::schedule_finished: return "schedule_finished";
    case event_type::fire_skipped: return "fire_skipped";
    case event_type::job_added: return "job_added";
    case event_type::job_acquired: return "job_acquired";
    case event_type::job_released: return "job_released";
    case event_type::job_cancel_requested: return "job_cancel_requested";
    case event_type::job_finished: return "job_finished";
    case event_type::stale_finish_refused: return "stale_finish_refused";
    case event_type::record_quarantined: return "record_quarantined";
    case event_type::scheduler_started: return "scheduler_started";
    case event_type::scheduler_stopped: return "scheduler_stopped";
    case event_type::events_lost: return "events_lost";
    case event_type::zone_data_changed: return "zone_data_changed";
    case event_type::follow_up_refused: return "follow_up_refused";
    case event_type::job_retry_scheduled: return "job_retry_scheduled";
    case event_type::dead_letter_added: return "dead_letter_added";
    case event_type::dead_letter_removed: return "dead_letter_removed";
    case event_type::clock_stepped: return "clock_stepped";
    case event_type::job_deserialization_failed: return "job_deserialization_failed";
    case event_type::node_joined: return "node_joined";
    case event_type::node_left: return "node_left";
    case event_type::node_lost: return "node_lost";
    case event_type::node_draining: return "node_draining";
    case event_type::node_drained: return "node_drained";
    case event_type::node_resumed: return "node_resumed";
    case event_type::node_removed: return "node_removed";
    case event_type::zone_data_differs: return "zone_data_differs";
  }
  return "unknown"; // one of a newer version
}

std::optional<event_type> parse_event_type(std::string_view name) noexcept {
  for (int number = 1; number <= static_cast<int>(event_type::zone_data_differs); ++number)
    if (to_string(static_cast<event_type>(number)) == name)
      return static_cast<event_type>(number);
  return std::nullopt;
}

bool event_filter::matches(const event& what) const {
  const bool wanted_type = types.empty() || std::find(types.begin(), types.end(), what.type) != types.end();
  return wanted_type && (schedule_id.empty() || schedule_id == what.schedule_id) && (task.empty() || task == what.task);
}

} // namespace carillon
