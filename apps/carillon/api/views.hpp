#pragma once

#include "carillon/model/event.hpp"
#include "carillon/model/explanation.hpp"
#include "carillon/model/job.hpp"
#include "carillon/model/job_log.hpp"
#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"
#include "carillon/store/backup.hpp"
#include "carillon/store/data_store.hpp"
#include "carillon/store/inspection.hpp"
#include "carillon/store/verify.hpp"

namespace carillon::app {

// What the control API shows of the model: maps with the JSON names, as `value`s. Every key is always there and null where
// there is nothing to say; instants are ISO 8601 in UTC with microseconds; lengths of time are numbers of seconds, whole or
// with a fraction; what is counted by `revision` is a whole number.

[[nodiscard]] value view_of(const task& what);
/// What was said of a schedule, as it is said to add one.
[[nodiscard]] value view_of(const schedule_definition& what);
[[nodiscard]] value view_of(const schedule& what);
/// `exit_code`, `signal`, `output` and `output_bytes` are those of a command; `result` is then null.
[[nodiscard]] value view_of(const job& what);
/// The job, and `waiting_for`: a text for a person, null if it isn't pending.
[[nodiscard]] value view_of(const job_explanation& what);
[[nodiscard]] value view_of(const job_progress& what);
/// `progress`, `lines`, `next` and `ended`.
[[nodiscard]] value view_of(const job_log_page& what);
[[nodiscard]] value view_of(const backfill_progress& what);
[[nodiscard]] value view_of(const skip& what);
[[nodiscard]] value view_of(const event& what);
[[nodiscard]] value view_of(const quarantined_record& what);
/// `state` is `connected` or `gone`; a node that drains is `draining` whichever it is.
[[nodiscard]] value view_of(const node_status& what);
[[nodiscard]] value view_of(const store_status& what);
/// `ok` says whether there is no fault.
[[nodiscard]] value view_of(const check_report& what);

/// The settings with `trigger_since`, `covered_to` and `replaced_at`; `revision` is when they came into force.
[[nodiscard]] value view_of(const past_definition& what);
[[nodiscard]] value view_of(const fire_decision& what);
[[nodiscard]] value view_of(const schedule_explanation& what);
[[nodiscard]] value view_of(const schedule_preview& what);
/// That of the check_report, with `as_of`, `whole_since` and `history`: a list, one entry for each incarnation of a schedule.
[[nodiscard]] value view_of(const history_report& what);

/// One record of a store: `family`, `key`, `expires`, `record`, and `fault` with `raw`, the bytes, if it can't be read; `with_raw`: always.
[[nodiscard]] value view_of(const stored_record& what, bool with_raw);
[[nodiscard]] value view_of(const record_finding& what);
[[nodiscard]] value view_of(const restored_store& what);

/// `{"<name>": [...], "next": cursor or null}`.
template <class T>
[[nodiscard]] value view_of(const char* name, const page<T>& what) {
  value::list items;
  items.reserve(what.items.size());
  for (const auto& item : what.items)
    items.push_back(view_of(item));
  return value::map{{name, std::move(items)}, {"next", what.next.empty() ? value{} : value{what.next}}};
}

} // namespace carillon::app
