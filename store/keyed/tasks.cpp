#include "keyed/keyed_store.hpp"

#include "keyed/limit_checks.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

result<void> check_task(const task& what, const limits& bounds) {
  for (const auto& checked :
       {check_id("task", what.id), check_id("runner", what.runner), check_metadata(what.metadata, bounds),
        check_duration("misfire_grace_time", what.misfire_grace_time), check_duration("time_limit", what.time_limit),
        check_duration("result_expiration", what.result_expiration)})
    if (!checked)
      return checked;
  return {};
}

} // namespace

result<void> keyed_store::put_task(const task& what) {
  if (auto checked = check_task(what, config_.bounds); !checked)
    return checked;
  auto& live = *live_;
  const bool was_recorded = live.tasks.is_recorded(what.id);
  auto changed = what;
  if (was_recorded) {
    const auto& before = *live.tasks.find(what.id);
    changed.changed = before.changed;
    if (changed.unknown_fields.empty())
      changed.unknown_fields = before.unknown_fields;
    if (changed == before)
      return {};
  }
  changed.changed = next_revision();
  add_event(was_recorded ? event_type::task_updated : event_type::task_added).task = what.id;
  live.tasks.put(std::move(changed));
  return {};
}

result<void> keyed_store::remove_task(const std::string& id) {
  auto& live = *live_;
  if (!live.tasks.is_recorded(id))
    return {ec::not_found, fmt::format("no task {:?}", id)};
  if (const auto jobs = live.tasks.jobs_of(id); jobs > 0)
    return {ec::conflict, fmt::format("task {:?}: {} of its jobs aren't finished", id, jobs)};

  // Rare, so that a walk through the schedules is better than one more index that each of them pays for.
  std::string user;
  live.schedules.for_each_changed([&](const schedule_entry& x) {
    if (!x.is_removed && x.what.definition.task == id)
      user = x.what.definition.id;
  });
  auto scanned =
      db_->scan(family::definitions, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
        const auto* kept = live.schedules.find(std::string{key});
        const bool is_decided = kept != nullptr && (kept->is_removed || kept->is_definition_changed);
        if (const auto read = read_definition(record); !is_decided && read && read->definition.task == id)
          user = key;
        return user.empty();
      });
  if (!scanned)
    return lose_batch(scanned.err());
  if (!user.empty())
    return {ec::conflict, fmt::format("task {:?} is used by schedule {:?}", id, user)};
  next_revision();
  add_event(event_type::task_removed).task = id;
  live.tasks.remove(id);
  return {};
}

} // namespace carillon::keyed
