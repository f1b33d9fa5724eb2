// The records of a store, as they lie there.
#include "api/field_values.hpp"
#include "api/views.hpp"

namespace carillon::app {
namespace {

using namespace field_values;

value::map fields_of(const value& view) { return *view.get_if<value::map>(); }

value cursor_view(const trigger_cursor& what) { // NOLINT(misc-no-recursion): as deep as the trigger
  constexpr const char* names[] = {"fresh", "running", "finished"};
  const auto at = static_cast<std::size_t>(what.at);
  value::map fields{{"at", at < std::size(names) ? value{names[at]} : number(at)}, {"position", what.position}};
  value::list parts, pending;
  for (const auto& each : what.parts)
    parts.push_back(cursor_view(each));
  for (const auto& each : what.pending)
    pending.push_back(instant(each));
  if (!parts.empty())
    fields["parts"] = std::move(parts);
  if (!pending.empty())
    fields["pending"] = std::move(pending);
  if (!what.state.empty())
    fields["state"] = bytes{what.state};
  return fields;
}

value state_view(const state_record& record) {
  const auto& what = record.what;
  return value::map{
      {"schedule_id", record.schedule_id},
      {"incarnation", number(what.incarnation)},
      {"definition_changed", number(what.definition_changed)},
      {"changed", number(what.changed)},
      {"cursor", cursor_view(what.cursor)},
      {"next_fire_time", instant(what.next_fire_time)},
      {"last_fire_time", instant(what.last_fire_time)},
      {"covered_to", instant(what.covered_to)},
      {"trigger_since", instant(what.trigger_since)},
      {"first_fire_time", instant(what.first_fire_time)},
      {"resume_from", instant(what.resume_from)},
      {"paused", what.paused},
      {"pause_reason", text(what.pause_reason)},
  };
}

// What the control API shows, and what only the store needs to know.
value job_view(const job& what) {
  auto fields = fields_of(view_of(what));
  fields["process"] = what.held_by ? number(what.held_by->process) : value{};
  fields["failed_token"] = number(what.failed_token);
  fields["first_not_before"] = instant(what.first_not_before);
  return fields;
}

struct record_view {
  value operator()(std::monostate) const { return {}; }
  value operator()(const value& what) const { return what; }
  value operator()(const definition_record& what) const {
    auto fields = fields_of(view_of(what.what));
    fields["incarnation"] = number(what.incarnation);
    return fields;
  }
  value operator()(const state_record& what) const { return state_view(what); }
  value operator()(const job& what) const { return job_view(what); }
  value operator()(const auto& what) const { return view_of(what); }
};

} // namespace

value view_of(const stored_record& what, bool with_raw) {
  value::map fields{
      {"family", what.family},
      {"key", what.shown_key},
      {"expires", what.expires == timestamp::max() ? value{"never"} : instant(what.expires)},
      {"record", std::visit(record_view{}, what.content)},
      {"fault", text(what.fault)},
  };
  if (with_raw || !what.fault.empty())
    fields["raw"] = value::map{{"key", bytes{what.raw_key}}, {"value", bytes{what.raw_value}}};
  return fields;
}

value view_of(const record_finding& what) {
  return value::map{
      {"family", what.family},
      {"key", what.shown_key},
      {"why", what.why},
      {"repair", std::string{to_string(what.step)}},
  };
}

value view_of(const restored_store& what) {
  return value::map{
      {"store_id", what.store_id},
      {"backup_of", what.backup_of},
      {"next_revision", number(what.next_revision)},
      {"records", number(what.records)},
      {"schedules", number(what.schedules)},
      {"paused", number(what.paused)},
      {"unfinished_jobs", number(what.unfinished_jobs)},
  };
}

} // namespace carillon::app
