#include "keyed/keyed_store.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "keyed/record_format.hpp"
#include "trigger/custom.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

error wrong_plan(const fire_plan& plan, std::string_view why) {
  return {ec::invalid_argument, fmt::format("fire plan of schedule {}: {}", quote(plan.schedule_id), why)};
}

// I1 would be broken by such a plan, whoever made it.
result<void> check_plan(const fire_plan& plan, const schedule_state& state) {
  const auto is_covered = [&](timestamp when) { return state.covered_to && when <= *state.covered_to; };
  for (const auto& x : plan.jobs) {
    if (x.schedule_id != plan.schedule_id || x.incarnation != plan.incarnation || !x.scheduled_fire_time)
      return wrong_plan(plan, "a job of another schedule");
    if (is_covered(*x.scheduled_fire_time))
      return wrong_plan(plan, "a job for a fire time that is covered already");
    if (x.id != job_id::of_fire_time(x.schedule_id, x.incarnation, *x.scheduled_fire_time))
      return wrong_plan(plan, "a job whose id isn't the one of its fire time");
  }
  for (const auto& x : plan.skips) {
    if (x.schedule_id != plan.schedule_id || x.incarnation != plan.incarnation)
      return wrong_plan(plan, "a skip of another schedule");
    if (is_covered(x.first) || x.last < x.first)
      return wrong_plan(plan, "a skip of fire times that are covered already, or of none");
  }
  if (plan.covered_to && plan.next_fire_time && *plan.next_fire_time <= *plan.covered_to)
    return wrong_plan(plan, "the next fire time is covered already");
  if (state.covered_to && (!plan.covered_to || *plan.covered_to < *state.covered_to))
    return wrong_plan(plan, "it would uncover fire times");
  return {};
}

// The schedule's own, else its task's. `settings` may be null.
std::optional<duration> grace_of(const schedule_definition& what, const task* settings) {
  return what.misfire_grace_time || settings == nullptr ? what.misfire_grace_time : settings->misfire_grace_time;
}

} // namespace

due_schedule keyed_store::make_due(const schedule& what, const task* settings) {
  due_schedule due;
  due.what = what;
  due.misfire_grace_time = grace_of(what.definition, settings);
  due.time_limit = what.definition.time_limit;
  if (settings != nullptr && !due.time_limit)
    due.time_limit = settings->time_limit;
  due.result_expiration = what.definition.result_expiration.value_or(settings != nullptr ? settings->result_expiration
                                                                                         : task{}.result_expiration);
  due.metadata = what.definition.metadata;
  if (settings != nullptr)
    due.metadata.insert(settings->metadata.begin(), settings->metadata.end());
  due.retry = what.definition.retry.value_or(settings != nullptr ? settings->retry : retry_policy{});
  return due;
}

due_schedule keyed_store::make_due(const schedule& what) const {
  const auto* settings = live_->tasks.find(what.definition.task);
  auto due = make_due(what, settings);
  const auto jobs = basis_of(what, settings);
  due.running_jobs = jobs.running_jobs;
  due.waiting_jobs = jobs.waiting_jobs;
  return due;
}

result<due_schedules> keyed_store::claim_due_schedules(std::size_t limit, std::span<const std::string> kinds) {
  auto& live = *live_;
  due_schedules found;
  found.now = now_.wall;
  for (const auto step : {&keyed_store::settle_clock, &keyed_store::adopt_zone_data}) {
    const auto ready = (this->*step)();
    if (!ready)
      return ready.err();
    if (!*ready) { // nothing may fire by the old clock or the old data
      found.ring_in = duration{0};
      return found;
    }
  }
  limit = std::min(limit, config_.bounds.batch_items);
  const auto horizon = now_.wall + plan_ahead();
  const bool more_wait = take_up_plannable(kinds, limit);
  auto may_put_aside = limit;
  found.schedules.reserve(std::min<std::size_t>(limit, live.schedule_count));
  std::size_t size = 0;
  while (found.schedules.size() < limit && size < config_.bounds.batch_size_bytes && may_put_aside > 0) {
    const auto entry = live.due.take_due(horizon);
    if (!entry)
      break;
    if (live.claimed.contains(entry->incarnation))
      continue;
    const auto loaded = load_schedule(entry->incarnation);
    if (live.failure)
      return *live.failure;
    if (!loaded)
      continue; // removed, or unreadable and in quarantine: the others go on
    const auto& what = (*loaded)->what;
    if (what.state.paused || what.state.next_fire_time != entry->due)
      continue; // the entry is stale: the right one is in the index if there is one
    if (auto needed = custom_kinds_of(what.definition.trigger); !std::ranges::includes(kinds, needed)) {
      live.unplannable[std::move(needed)][entry->incarnation] = entry->due;
      --may_put_aside;
      continue;
    }
    found.schedules.push_back(make_due(what));
    auto& due = found.schedules.back();
    const auto own_size = size_bytes(what.definition);
    size += own_size;
    constexpr std::size_t about_a_plan = 2'048;
    const bool is_ahead = entry->due > now_.wall;
    if (is_ahead)
      due.ahead = basis_of(what, live.tasks.find(what.definition.task));
    live.claimed.add(*entry, now_.boot, is_ahead ? own_size + size_bytes(due.metadata) + about_a_plan : 0);
  }
  found.ring_in = more_wait ? duration{0} : next_due();
  return found;
}

// Plans that are made ahead wait in memory: no more than makes sense. Not until the claim ends, when they would be claimed once more.
duration keyed_store::plan_ahead() const {
  constexpr std::size_t most_bytes = 32 << 20;
  return live_->claimed.size_bytes() < most_bytes ? std::min(config_.plan_ahead, config_.claim / 2) : duration{0};
}

plan_basis keyed_store::basis_of(const schedule& what, const task* settings) const {
  return {live_->leases.running_under(gate_of_schedule(what.state.incarnation)),
          live_->ready.waiting(what.state.incarnation), settings != nullptr ? settings->changed : 0};
}

// A plan that was made ahead is one for a single fire time, as if it were decided at that very instant.
bool keyed_store::is_outdated(const fire_plan& plan, const schedule& what) const {
  if (!plan.ahead)
    return false;
  if (plan.next_fire_time && *plan.next_fire_time <= now_.wall)
    return true; // there are others to decide with it
  if (!live_->clock.is_settled || live_->zone_data.in_use != zone_data_version())
    return true; // as nothing may be claimed until that is dealt with
  const auto* settings = live_->tasks.find(what.definition.task);
  const auto grace = grace_of(what.definition, settings);
  if (grace && plan.covered_to && now_.wall - *plan.covered_to > *grace)
    return true;
  const auto now = basis_of(what, settings);
  const auto jobs_of = [](const plan_basis& x) { return x.running_jobs + x.waiting_jobs; };
  if (plan.ahead->task_changed != now.task_changed)
    return true;
  if (!plan.skips.empty()) // jobs that have ended since are a reason only where there was no room
    return now != *plan.ahead;
  return what.definition.overlap == overlap_policy::allow
             ? now.waiting_jobs + plan.jobs.size() > config_.bounds.waiting_jobs_per_schedule
             : jobs_of(now) > jobs_of(*plan.ahead);
}

// What was put aside and this scheduler can plan is due again, at most so many; whether there is more of it.
bool keyed_store::take_up_plannable(std::span<const std::string> kinds, std::size_t limit) {
  auto& live = *live_;
  bool more = false;
  for (auto aside = live.unplannable.begin(); aside != live.unplannable.end();) {
    auto& waiting = aside->second;
    if (std::ranges::includes(kinds, aside->first))
      for (; !waiting.empty() && limit > 0; --limit) {
        live.due.add(waiting.begin()->second, waiting.begin()->first);
        waiting.erase(waiting.begin());
      }
    more = more || (!waiting.empty() && std::ranges::includes(kinds, aside->first));
    aside = waiting.empty() ? live.unplannable.erase(aside) : std::next(aside);
  }
  return more;
}

std::vector<std::vector<std::string>> keyed_store::unplannable_kinds() const {
  std::vector<std::vector<std::string>> all;
  if (live_)
    for (const auto& [kinds, waiting] : live_->unplannable)
      all.push_back(kinds);
  return all;
}

result<void> keyed_store::release_claims(std::span<const revision> incarnations) {
  for (const auto incarnation : incarnations)
    if (const auto due_again = live_->claimed.take(incarnation))
      live_->due.add(due_again->due, due_again->incarnation);
  return {};
}

result<void> keyed_store::commit_fire_plan(fire_plan plan) {
  auto& live = *live_;
  auto found = load_schedule(plan.incarnation);
  if (!found)
    return found.err();
  auto& entry = **found;
  auto& state = entry.what.state;
  if (entry.what.definition.id != plan.schedule_id)
    return {ec::not_found, fmt::format("no schedule {} of incarnation {}", quote(plan.schedule_id), plan.incarnation)};
  if (state.changed != plan.based_on)
    return {ec::stale_revision, fmt::format("schedule {} has changed since it was claimed", quote(plan.schedule_id))};
  if (is_outdated(plan, entry.what)) {
    schedule_moved(entry);
    return {ec::stale_revision,
            fmt::format("schedule {} was planned ahead, and by other circumstances", quote(plan.schedule_id))};
  }
  if (auto checked = check_plan(plan, state); !checked)
    return checked;
  if (plan.covered_to != state.covered_to && plan.covered_to > now_.wall) {
    schedule_moved(entry);
    return {ec::stale_revision,
            fmt::format("schedule {} was planned before the clock was set back", quote(plan.schedule_id))};
  }

  const auto number = next_revision();
  if (plan.cancel_running)
    for (const auto& id : live.leases.jobs_of_schedule(plan.incarnation))
      if (const auto running = load_job(id))
        ask_to_stop(**running);
  add_planned_jobs(std::move(plan.jobs), number);
  add_planned_skips(plan, entry.what.definition.task, number);

  live.schedules.state_changed(entry);
  state.changed = number;
  state.cursor = std::move(plan.cursor);
  state.next_fire_time = plan.next_fire_time;
  state.last_fire_time = plan.last_fire_time;
  state.covered_to = plan.covered_to;
  if (state.resume_from && (!plan.next_fire_time || *plan.next_fire_time >= *state.resume_from))
    state.resume_from.reset(); // everything that it skips is behind
  if (!plan.pause_reason.empty()) {
    state.paused = true;
    state.pause_reason = plan.pause_reason;
    auto& told = add_event(event_type::schedule_paused);
    told.schedule_id = plan.schedule_id;
    told.task = entry.what.definition.task;
    told.text = plan.pause_reason;
  } else if (!plan.next_fire_time) {
    remove_schedule(entry, event_type::schedule_finished);
    return {};
  } else {
    auto& told = add_event(event_type::schedule_updated);
    told.schedule_id = plan.schedule_id;
    told.task = entry.what.definition.task;
    told.scheduled_fire_time = plan.next_fire_time;
  }
  schedule_moved(entry);
  return {};
}

void keyed_store::add_planned_jobs(std::vector<job> planned, revision number) {
  for (auto& added : planned) {
    added.created_at = now_.wall;
    add_new_job(std::move(added), number);
  }
}

void keyed_store::add_planned_skips(const fire_plan& plan, const std::string& task, revision number) {
  std::uint32_t index = 0;
  for (const auto& planned : plan.skips) {
    auto added = planned;
    added.decided_at = now_.wall;
    put_skip(live_->writes, added, config_.history_retention, number, index++);
    auto& told = add_event(event_type::fire_skipped);
    told.schedule_id = plan.schedule_id;
    told.task = task;
    told.scheduled_fire_time = planned.first;
    told.last_fire_time = planned.last;
    told.reason = planned.reason;
  }
}

std::optional<duration> keyed_store::next_due() const {
  if (!live_)
    return std::nullopt;
  if (!live_->clock.is_settled || !live_->clock.look_again.empty())
    return duration{0}; // a claim settles it
  std::optional<duration> until;
  if (const auto next = live_->due.next())
    until = *next - now_.wall - plan_ahead();
  // A scheduler that died has planned nothing: what it claimed is due again when its claims end.
  if (const auto end = live_->claimed.next_end())
    until = std::min(until.value_or(duration::max()), *end - now_.boot);
  return until ? std::optional{std::max(*until, duration{0})} : std::nullopt;
}

} // namespace carillon::keyed
