#include "keyed/keyed_store.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/cluster_node.hpp"
#include "keyed/limit_checks.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

result<void> check_task(const task& what, const limits& bounds) {
  for (const auto& checked :
       {check_id("task", what.id), check_id("runner", what.runner), check_metadata(what.metadata, bounds),
        check_duration("misfire_grace_time", what.misfire_grace_time), check_duration("time_limit", what.time_limit),
        check_duration("result_expiration", what.result_expiration), check_name("on_loss", what.on_loss),
        check_runner(what.id, what.runner), check_labels(what.labels)})
    if (!checked)
      return checked;
  if (what.rate)
    if (auto checked = check_rate(*what.rate); !checked)
      return checked;
  if (what.max_running_jobs == 0)
    return {ec::invalid_argument, "max_running_jobs: must be at least 1"};
  if (auto checked = check_retry(what.retry); !checked)
    return checked.err().within("retry");
  return {};
}

} // namespace

result<void> keyed_store::put_task(const task& what) {
  if (auto checked = check_task(what, config_.bounds); !checked)
    return checked;
  auto& live = *live_;
  const bool was_recorded = live.tasks.is_recorded(what.id);
  if (what.changed != 0 && (!was_recorded || live.tasks.find(what.id)->changed != what.changed))
    return {ec::stale_revision, fmt::format("task {} has changed since it was read", quote(what.id))};
  auto changed = what;
  sort_labels(changed.labels);
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

// Rare, so that a walk through the schedules is better than one more index that each of them pays for.
result<std::vector<std::string>> keyed_store::schedules_of_task(const std::string& id) {
  auto& live = *live_;
  std::vector<std::string> users;
  live.schedules.for_each_changed([&](const schedule_entry& x) {
    if (!x.is_removed && x.what.definition.task == id)
      users.push_back(x.what.definition.id);
  });
  auto scanned =
      db_->scan(family::definitions, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
        const auto* kept = live.schedules.find(std::string{key});
        const bool is_decided = kept != nullptr && (kept->is_removed || kept->is_definition_changed);
        if (const auto read = read_definition(record); !is_decided && read && read->definition.task == id)
          users.emplace_back(key);
        return true;
      });
  if (!scanned)
    return lose_batch(scanned.err());
  std::ranges::sort(users);                                          // a changed one may be named twice
  users.erase(std::unique(users.begin(), users.end()), users.end()); // clang 14 doesn't compile std::ranges::unique
  return users;
}

void keyed_store::cancel_jobs_of_task(task_slot own_slot, revision number) {
  auto& live = *live_;
  std::vector<std::pair<task_slot, waiting_job>> waiting;
  live.ready.for_each([&](task_slot slot, const waiting_job& what) {
    if (live.tasks.own_slot(slot) == own_slot)
      waiting.emplace_back(slot, what);
  });
  std::ranges::sort(waiting, {}, [](const auto& x) { return x.second.id; });
  for (const auto& [slot, what] : waiting) {
    if (const auto found = load_job(what.id); found && (*found)->state == job_state::pending) {
      cancel_pending(**found, "its task was removed", number);
    } else if (!live.failure) { // in quarantine, its id used again perhaps: nobody would notice, as it never comes up
      live.ready.cancel(what.id, what.incarnation);
      uncount_unfinished(own_slot, what.key, what.rate);
      live.buckets.remove(what.id);
      pass_on(slot, what);
    }
  }
}

result<void> keyed_store::remove_task(const std::string& id, bool force) {
  auto& live = *live_;
  if (!live.tasks.is_recorded(id))
    return {ec::not_found, fmt::format("no task {}", quote(id))};
  const auto slot = live.tasks.slot_of(id);
  if (const auto running = live.leases.running_of_task(slot); force && running > 0)
    return {ec::conflict, fmt::format("task {}: {} of its jobs run: cancel them first", quote(id), running)};
  if (const auto jobs = live.tasks.jobs_of(id); !force && jobs > 0)
    return {ec::conflict, fmt::format("task {}: {} of its jobs aren't finished", quote(id), jobs)};
  const auto users = schedules_of_task(id);
  if (!users)
    return users.err();
  if (!force && !users->empty())
    return {ec::conflict, fmt::format("task {} is used by schedule {}", quote(id), quote(users->front()))};

  // Loading may put records into quarantine, which are transitions of their own.
  std::vector<schedule_entry*> removed;
  for (const auto& user : *users)
    if (const auto found = load_schedule(user))
      removed.push_back(*found);
  if (live.failure)
    return *live.failure;
  const auto number = next_revision();
  for (auto* entry : removed)
    remove_schedule(*entry, event_type::schedule_removed);
  if (force)
    cancel_jobs_of_task(slot, number);
  if (live.failure)
    return *live.failure;
  add_event(event_type::task_removed).task = id;
  live.tasks.remove(id);
  return {};
}

} // namespace carillon::keyed
