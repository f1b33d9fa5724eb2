// What the store does when the wall clock was set: ADR 2.
#include "keyed/keyed_store.hpp"

#include "keyed/clock_steps.hpp"
#include "keyed/first_fire.hpp"

#include <fmt/format.h>

namespace carillon::keyed {

void keyed_store::note_clock() {
  auto& live = *live_;
  const auto step = known_clock_ ? find_clock_step(*known_clock_, now_) : std::nullopt;
  if (step || !live.has_started)
    live.ready.clock_set(now_.wall, [this](const job_id& id) {
      const auto found = load_job(id);
      return found ? waits_since(**found) : timestamp::max(); // one that can't be read is noticed when it comes up
    });
  // Nothing was looked at while the clock couldn't be right; otherwise one that was set ahead silences nothing.
  const bool may_silence = step && (*step < duration{0} || !is_plausible(known_clock_->wall));
  if (may_silence || (!live.has_started && live.clock.latest_covered_to > now_.wall)) {
    live.clock.is_settled = false;
    live.clock.done_to.clear();
  }
  if (const auto slept = known_clock_ ? find_sleep(*known_clock_, now_) : std::nullopt) {
    next_revision();
    add_event(event_type::clock_stepped).text =
        "the machine slept for " + to_text(std::chrono::floor<std::chrono::milliseconds>(*slept));
  }
  if (!step)
    return;
  next_revision();
  add_event(event_type::clock_stepped).text = "the wall clock was " + describe_clock_step(*step);
}

result<bool> keyed_store::settle_clock() {
  auto& clock = live_->clock;
  for (const auto incarnation : std::exchange(clock.look_again, {}))
    if (const auto found = load_schedule(incarnation))
      begin_anew_if_silent(**found);
  if (live_->failure)
    return *live_->failure;
  if (clock.is_settled)
    return true;
  auto walked = walk_schedules(clock.done_to, [this](schedule_entry& entry) { begin_anew_if_silent(entry); });
  if (!walked)
    return walked;
  clock.is_settled = *walked;
  return clock.is_settled;
}

void keyed_store::begin_anew_if_silent(schedule_entry& entry) {
  auto& live = *live_;
  const auto& [definition, state] = entry.what;
  live.clock.held_up.erase(state.incarnation);
  if (!is_silent_too_long(state, now_.wall))
    return;
  // The overlap policy looks at the jobs of one incarnation. So that it holds, the next one begins when they have
  // ended.
  const bool has_jobs =
      live.leases.running_under(gate_of_schedule(state.incarnation)) > 0 || live.ready.waiting(state.incarnation) > 0;
  if (!has_jobs || definition.overlap == overlap_policy::allow)
    return begin_anew(entry);
  live.clock.held_up.insert(state.incarnation);
  if (definition.overlap != overlap_policy::cancel_running)
    return;
  next_revision();
  for (const auto& id : live.leases.jobs_of_schedule(state.incarnation))
    if (const auto running = load_job(id))
      ask_to_stop(**running);
}

void keyed_store::begin_anew(schedule_entry& entry) {
  auto& live = *live_;
  auto first = find_first_fire(entry.what.definition, now_.wall - resolution);
  if (!first || !first->at)
    return; // its trigger is refused now, or says something else than before: it keeps what it has
  auto anew = entry.what;
  auto& state = anew.state;
  state.incarnation = state.definition_changed = state.changed = next_revision();
  state.cursor = std::move(first->cursor);
  state.next_fire_time = first->at;
  state.last_fire_time.reset();
  state.covered_to = state.trigger_since = now_.wall - resolution;
  auto& told = add_event(event_type::schedule_updated);
  told.schedule_id = anew.definition.id;
  told.task = anew.definition.task;
  told.scheduled_fire_time = first->at;
  told.text = fmt::format("it begins anew: a clock that was ahead had decided its fire times up to {}",
                          to_iso8601(*entry.what.state.covered_to));
  const auto incarnation = state.incarnation;
  keep_definition(entry);
  live.claimed.drop(entry.what.state.incarnation);
  live.schedules.remove(entry);
  live.schedules.add(std::move(anew));
  schedule_moved(*live.schedules.find(incarnation));
}

} // namespace carillon::keyed
