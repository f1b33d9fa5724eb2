// Jobs of a schedule for fire times that lie behind.
#include "carillon/model/backfill.hpp"

#include "carillon/base/utf8.hpp"
#include "keyed/keyed_store.hpp"
#include "keyed/record_format.hpp"
#include "trigger/backdate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

std::string limit_key(const backfill& what) { return "backfill:" + what.id.to_string(); }

// It has no start deadline: it is late by its nature. It stands in line where it was asked for, not before all others as its fire
// time would have it; those of one backfill follow each other by their ids.
job make_backfill_job(const due_schedule& due, const backfill& what, timestamp fire_time, timestamp now) {
  auto made = make_job(due);
  made.id = job_id::of_backfill(what.id, made.schedule_id, fire_time);
  made.scheduled_fire_time = fire_time;
  made.created_at = now;
  made.not_before = std::min(what.id.time(), now);
  made.limit = concurrency_limit{limit_key(what), what.max_running_jobs};
  made.overlap = what.overlap;
  if (what.overlap == overlap_policy::allow)
    made.incarnation = 0; // else the schedule would count it among those that wait or run
  made.priority = what.priority.value_or(made.priority);
  return made;
}

// `own`: the fire time's own job; null: it has none.
bool needs_job(backfill_selection which, const job* own) {
  switch (which) {
    case backfill_selection::missing: return own == nullptr;
    case backfill_selection::failed:
      return own == nullptr || (own->state == job_state::finished && own->outcome != job_outcome::success);
    case backfill_selection::all: break;
  }
  return true;
}

// With another policy jobs that wait in line would make the schedule drop its own fire times.
result<void> check_overlap(const backfill& what, overlap_policy own) {
  if (what.overlap == overlap_policy::allow || own == overlap_policy::allow || own == overlap_policy::queue_all)
    return {};
  return {
      ec::invalid_argument,
      fmt::format("overlap: queue_all is for a schedule whose own is queue_all or allow; with {} its own fire times "
                  "would be dropped meanwhile",
                  to_string(own))};
}

} // namespace

// Of the schedule and of those of its name before it, as far back as that is kept; the present one first.
result<std::vector<revision>> keyed_store::incarnations_of(const schedule& what) {
  std::vector<revision> all{what.state.incarnation};
  const auto& id = what.definition.id;
  const auto first = past_definition_key(id, 0, 0);
  const auto end = past_definition_key(id, what.state.incarnation, 0); // incarnations rise
  const auto scanned = db_->scan(family::past_definitions, {first, end}, direction::descending,
                                 [&](std::string_view, std::string_view record) {
                                   const auto read = read_past_definition(record);
                                   if (read && read->what.incarnation != all.back())
                                     all.push_back(read->what.incarnation);
                                   return all.size() < config_.bounds.batch_items;
                                 });
  if (!scanned)
    return scanned.err();
  return all;
}

result<job*> keyed_store::find_own_job(const schedule& what, const std::vector<revision>& incarnations,
                                       timestamp fire_time) {
  for (const auto incarnation : incarnations) {
    const auto id = job_id::of_fire_time(what.definition.id, incarnation, fire_time);
    auto found = load_or_free([&] { return find_unexpired(id); });
    if (!found || *found != nullptr)
      return found;
  }
  return nullptr;
}

timestamp keyed_store::history_is_whole_since() const {
  const std::lock_guard lock{history_mutex_};
  const auto kept = now_.wall - config_.history_retention;
  return history_ ? std::max(kept, history_->since) : kept;
}

result<backfill_progress> keyed_store::backfill_schedule(const backfill& what) {
  if (auto checked = check_backfill(what, now_.wall); !checked)
    return checked.err();
  const auto found = load_schedule(what.schedule_id);
  if (!found)
    return found.err();
  const auto due = make_due((*found)->what);
  const auto& [definition, state] = due.what;
  if (auto checked = check_overlap(what, definition.overlap); !checked)
    return checked.err();
  if (live_->tasks.find(definition.task) == nullptr)
    return {ec::unknown_task,
            fmt::format("schedule {}: its task {} was removed", quote(what.schedule_id), quote(definition.task))};
  auto rule = trigger::make(backdated(definition.trigger, what.from));
  if (!rule)
    return rule.err();
  if (auto moved = rule->skip_to(what.from); !moved)
    return moved.err();
  const auto incarnations = incarnations_of(due.what);
  if (!incarnations)
    return incarnations.err();

  // What is still to be decided comes by itself, unless that waits for somebody.
  const auto to = !state.paused && state.next_fire_time ? std::min(what.to, *state.next_fire_time) : what.to;
  const auto whole_since = history_is_whole_since();
  const auto& bounds = config_.bounds;
  const auto waiting = std::max<std::uint64_t>(live_->keys.jobs(limit_key(what)),
                                               what.overlap == overlap_policy::allow ? 0 : due.waiting_jobs);
  const auto room =
      bounds.waiting_jobs_per_schedule - std::min<std::uint64_t>(bounds.waiting_jobs_per_schedule, waiting);
  backfill_progress progress;
  progress.id = what.id;
  std::vector<job> made;
  bool is_stuck = false;
  for (std::size_t looked_at = 0, size = 0;; ++looked_at) {
    const auto fire_time = rule->next();
    if (!fire_time)
      return fire_time.err();
    if (!*fire_time || **fire_time >= to)
      break;
    if (looked_at == bounds.batch_items || size >= bounds.batch_size_bytes) {
      progress.next = *fire_time;
      break;
    }
    auto one = make_backfill_job(due, what, **fire_time, now_.wall);
    const auto there = load_or_free([&] { return find_unexpired(one.id); });
    if (!there)
      return there.err();
    if (*there != nullptr) { // asked for twice
      if ((*there)->schedule_id != one.schedule_id || (*there)->limit->key != one.limit->key)
        return {ec::conflict, "id: another backfill of the same moment has it; take another one"};
      ++progress.added;
      continue;
    }
    if (what.which != backfill_selection::all && **fire_time < whole_since &&
        (!state.first_fire_time || **fire_time >= *state.first_fire_time))
      return {ec::invalid_argument,
              fmt::format("from: whether {} has run isn't known any more: history is whole since {}; begin later, or "
                          "take all fire times",
                          to_iso8601(**fire_time), to_iso8601(whole_since))};
    const auto own = find_own_job(due.what, *incarnations, **fire_time);
    if (!own)
      return own.err();
    if (!needs_job(what.which, *own)) {
      ++progress.left_out;
      continue;
    }
    if (made.size() == room) {
      is_stuck = looked_at == 0;
      progress.next = *fire_time;
      break;
    }
    size += size_bytes(one);
    made.push_back(std::move(one));
  }
  if (is_stuck)
    return {ec::limit_exceeded, fmt::format("{} of its jobs wait already: go on from {} when some have run",
                                            bounds.waiting_jobs_per_schedule, to_iso8601(*progress.next))};
  progress.added += made.size();
  if (!made.empty()) {
    const auto number = next_revision();
    for (auto& one : made)
      add_new_job(std::move(one), number);
  }
  return progress;
}

} // namespace carillon::keyed
