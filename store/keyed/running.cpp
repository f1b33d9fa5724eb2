#include "keyed/keyed_store.hpp"

#include "carillon/base/utf8.hpp"
#include "keyed/limit_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

error stale(const attempt_id& attempt) {
  return {ec::stale_token, fmt::format("job {}: token {} isn't the newest: the attempt has lost its lease",
                                       attempt.job.to_string(), attempt.token)};
}

// Of a command, if the job's policy asks for it.
std::optional<std::int32_t> exit_code_of(const job& what, const value& result) {
  if (what.task != command_task || what.retry.exit_codes.empty())
    return std::nullopt;
  const auto ended = to_command_result(result);
  return ended ? ended->exit_code : std::nullopt;
}

// Whether the end of this attempt, which isn't the newest that runs, is recorded already.
bool is_told_again(const job& what, const finished_attempt& told, bool is_too_large) {
  if (what.state == job_state::finished && what.held_by && what.held_by->token == told.attempt.token)
    return what.outcome == told.outcome || (what.outcome == job_outcome::error && is_too_large);
  return what.failed_token != 0 && what.failed_token == told.attempt.token;
}

// It goes into the record and into events, of which many are kept.
std::string cut_text(const std::string& text) {
  constexpr std::size_t longest = 4'096;
  return text.size() <= longest ? text : fmt::format("{} ... ({} bytes)", first_bytes(text, longest), text.size());
}

bool is_newest(const job& what, const attempt_id& attempt) {
  return what.state == job_state::running && what.held_by->token == attempt.token;
}

} // namespace

// ---- handing out

// False: the holder itself has been replaced by a newer process and gets nothing.
bool keyed_store::replace_older_processes(const lease_holder& holder) {
  while (const auto other = live_->leases.other_process(holder)) {
    if (other->process > holder.process)
      return false;
    for (const auto& id : live_->leases.held_by(*other))
      lose_attempt(id, "the executor's process was replaced");
  }
  return true;
}

bool keyed_store::has_room(task_slot slot) {
  const auto& settings = *live_->tasks.at(slot);
  if (const auto& maximum = settings.max_running_jobs;
      maximum && live_->leases.running_of_task(live_->tasks.own_slot(slot)) >= *maximum)
    return false;
  return !settings.rate || live_->rates.has_room(settings.id, *settings.rate, now_.boot);
}

void keyed_store::open_rates() {
  for (const auto rate : live_->rates.take_opened(now_.boot))
    live_->ready.unpark(gate_of_rate(rate), 0);
}

// Of those that have a job that is ready.
std::vector<task_slot> keyed_store::fitting_slots(const demand& wanted) {
  std::vector<task_slot> fitting;
  for (const auto slot : live_->ready.ready_slots()) {
    const auto* settings = live_->tasks.at(slot); // none: its record can't be read; its jobs wait
    if (settings != nullptr && wanted.fits(settings->id, live_->tasks.runner_of(slot), settings->labels))
      fitting.push_back(slot);
  }
  return fitting;
}

// Whether the next hand-out goes to the earliest job, whatever its priority: one of each eight, so that nothing starves. Which
// of the eight changes: what comes at a steady beat must not always miss it.
bool keyed_store::is_turn_of_earliest() const {
  constexpr std::uint64_t turns = 8;
  constexpr std::uint64_t scatter = 0x9e37'79b9'7f4a'7c15; // 2^64 divided by the golden ratio
  const auto round = live_->hand_outs / turns;
  return live_->hand_outs % turns == ((round + 1) * scatter) >> 61U;
}

// The job of all slots that fit whose turn it is: of the highest priority, or of any, the earliest. Looked for anew for each
// job, as taking one may let another of any slot go; few have jobs that are ready.
std::optional<task_slot> keyed_store::next_runnable(const std::vector<task_slot>& fitting) {
  const auto& live = *live_;
  const bool any_priority = is_turn_of_earliest();
  const waiting_job* best = nullptr;
  std::optional<task_slot> next;
  for (const auto slot : fitting) {
    const auto* first = live_->ready.first(slot);
    if (first == nullptr)
      continue;
    const auto higher = next && !any_priority ? live.tasks.priority_of(slot) <=> live.tasks.priority_of(*next)
                                              : std::strong_ordering::equal;
    if ((best == nullptr || higher > 0 || (higher == 0 && first->is_before(*best))) && has_room(slot)) {
      best = first;
      next = slot;
    }
  }
  return next;
}

// Nothing: it may run as far as its gates go.
std::optional<gate> keyed_store::closed_gate(const waiting_job& what) {
  const auto& leases = live_->leases;
  const auto schedule = gate_of_schedule(what.incarnation);
  if (what.one_at_a_time != 0 && leases.running_under(schedule) > 0)
    return schedule;
  if (what.key != 0 && leases.running_under(gate_of_key(what.key)) >= what.maximum)
    return gate_of_key(what.key);
  if (what.rate != 0 && !live_->rates.has_room(what.rate, now_.boot))
    return gate_of_rate(what.rate);
  return std::nullopt;
}

// A schedule that is to begin anew when its jobs have ended: one of them has, perhaps the last.
void keyed_store::look_again_at(revision incarnation) {
  if (live_->clock.held_up.contains(incarnation))
    live_->clock.look_again.push_back(incarnation);
}

void keyed_store::pass_on(task_slot slot, const waiting_job& what) {
  auto& live = *live_;
  look_again_at(what.incarnation);
  const auto unpark = [&](gate where) { live.ready.unpark_like(slot, what, where, live.leases.running_under(where)); };
  if (what.one_at_a_time != 0)
    unpark(gate_of_schedule(what.incarnation));
  if (what.key != 0)
    unpark(gate_of_key(what.key));
  pass_on_rate(slot, what);
}

void keyed_store::pass_on_rate(task_slot slot, const waiting_job& what) {
  if (what.rate != 0 && live_->rates.has_room(what.rate, now_.boot))
    live_->ready.unpark_like(slot, what, gate_of_rate(what.rate), 0);
}

// Null: the job can't run now, and whatever that means for it has been done.
result<job*> keyed_store::make_ready(task_slot slot, const waiting_job& taken, std::optional<revision>& number) {
  auto& live = *live_;
  if (const auto closed = closed_gate(taken)) {
    live.ready.park(slot, taken, *closed);
    // One that its schedule or its rate holds back must not keep others of its key waiting. The other way round those of its
    // schedule that are like it have the same key.
    if (*closed != gate_of_key(taken.key))
      pass_on(slot, taken);
    else
      pass_on_rate(slot, taken);
    return nullptr;
  }
  load_line(taken.id);
  const auto found = load_job(taken.id);
  if (live.failure)
    return *live.failure;
  if (!found) {
    number.reset(); // quarantine is a transition of its own
    // The others go on (I10). One in a block that can't be read is looked for again at the next start.
    if (found.err().code() == ec::not_found ||
        live.quarantined.contains({family::jobs, std::string{job_key(taken.id)}})) {
      uncount_unfinished(live.tasks.own_slot(slot), taken.key, taken.rate);
      live.buckets.remove(taken.id);
    }
    pass_on(slot, taken);
    return nullptr;
  }
  auto& what = **found;
  if (what.state != job_state::pending) {
    // A job of that id was in quarantine when its id was used again: this is the entry of the first one, and the other
    // has run.
    uncount_unfinished(live.tasks.own_slot(slot), taken.key, taken.rate);
    live.buckets.remove(taken.id);
    pass_on(slot, taken);
    return nullptr;
  }
  if (!number)
    number = next_revision();
  // The deadline is for beginning: a job that has begun and failed, was lost or handed back runs again however late that is.
  if (what.start_deadline && what.attempt == 0 && now_.wall > *what.start_deadline) {
    finish(what, job_outcome::missed_start_deadline, "no worker took it before its start deadline", *number);
    pass_on(slot, taken);
    return nullptr;
  }
  return &what;
}

void keyed_store::start_attempt(job& what, task_slot slot, const waiting_job& taken, const lease_holder& holder,
                                revision number) {
  auto& live = *live_;
  live.jobs.changed(what);
  what.state = job_state::running;
  ++what.attempt;
  what.held_by = lease{holder.executor, holder.process, number};
  what.started_at = now_.wall;
  what.changed = number;
  ++live.hand_outs;
  if (taken.rate != 0) {
    live.rates.note_start(taken.rate, now_.boot);
    if (live.rates.has_room(taken.rate,
                            now_.boot)) // the next one may try, and so on; else it is told when there is room
      live.ready.unpark(gate_of_rate(taken.rate), 0);
  }
  if (const auto& settings = *live.tasks.at(slot); settings.rate)
    live.rates.note_start(settings.id, *settings.rate, now_.boot);
  live.leases.start(what.id, {number, what.incarnation, live.tasks.own_slot(slot), taken.key, taken.rate}, holder,
                    now_.boot);
  add_job_event(event_type::job_acquired, what);
}

result<std::vector<handed_job>> keyed_store::hand_out_jobs(const demand& wanted, std::size_t limit) {
  auto& live = *live_;
  std::vector<handed_job> given;
  if (!replace_older_processes(wanted.holder) || live.nodes.is_draining(wanted.holder.executor))
    return given;
  // What is on its way to the executor isn't in its free slots yet.
  const auto on_the_way = live.leases.held_after(wanted.holder, wanted.last_hand_out);
  const auto free = wanted.free_slots > on_the_way ? wanted.free_slots - on_the_way : 0;
  limit = std::min({limit, std::size_t{free}, config_.bounds.batch_items});
  if (limit == 0)
    return given;

  add_due_follow_ups();
  std::vector<task_slot> fitting;
  auto fitting_of = live.ready.occupations() - 1; // not known yet
  std::optional<revision> number;
  std::size_t size = 0;
  while (given.size() < limit && size < config_.bounds.batch_size_bytes) {
    if (add_due_follow_ups()) { // of jobs that missed their start deadline: a transition of its own
      number.reset();
      live.asks_again = true; // others were served before
    }
    if (fitting_of != live.ready.occupations()) {
      fitting = fitting_slots(wanted);
      fitting_of = live.ready.occupations();
    }
    const auto slot = next_runnable(fitting);
    if (!slot)
      break;
    const auto taken = live.ready.take(*slot);
    const auto ready = make_ready(*slot, taken, number);
    if (!ready)
      return ready.err();
    if (*ready == nullptr)
      continue;
    if (given.empty())
      given.reserve(std::min(limit, 1 + live.ready.ready(*slot)));
    start_attempt(**ready, *slot, taken, wanted.holder, *number);
    size += size_bytes(**ready);
    given.push_back({live.jobs.share(**ready), live.tasks.runner_of(*slot)});
  }
  if (live.failure) // perhaps while a number was taken, which must not be seen
    return *live.failure;
  return given;
}

// ---- the ends of attempts

// The job's lease is gone, whatever becomes of the job.
void keyed_store::end_attempt(const job_id& id) {
  auto& live = *live_;
  const auto attempt = *live.leases.find(id);
  live.leases.end(id);
  const auto unpark = [&](gate where) { live.ready.unpark(where, live.leases.running_under(where)); };
  look_again_at(attempt.incarnation);
  if (attempt.incarnation != 0)
    unpark(gate_of_schedule(attempt.incarnation));
  if (attempt.key != 0)
    unpark(gate_of_key(attempt.key));
}

void keyed_store::lose_attempt(const job_id& id, std::string_view why) {
  const auto found = load_job(id);
  if (!found) {
    // Unreadable: on its way to the quarantine, which has ended the attempt, or the database has failed.
    if (live_->leases.find(id) != nullptr)
      end_attempt(id);
    return;
  }
  ++(*found)->lost_attempts;
  end_without_outcome(**found, why);
}

// The attempt of a job that is held: what becomes of the job is decided anew.
void keyed_store::end_without_outcome(job& what, std::string_view why) {
  auto& live = *live_;
  const auto id = what.id;
  const auto number = next_revision();
  live.jobs.changed(what);
  what.changed = number;
  add_job_event(event_type::job_released, what).text = why;
  const auto* settings = live.tasks.at(live.leases.find(id)->task);
  if (what.cancel_requested) {
    finish(what, job_outcome::cancelled, fmt::format("cancelled; {}", why), number);
  } else if (settings != nullptr && settings->on_loss == loss_policy::abandon) {
    finish(what, job_outcome::abandoned, std::string{why}, number);
  } else if (what.lost_attempts >= config_.bounds.max_lost_attempts) {
    finish(what, job_outcome::abandoned, fmt::format("lost {} times; the last time: {}", what.lost_attempts, why),
           number);
  } else {
    what.state = job_state::pending;
    what.held_by.reset();
    make_pending(what);
  }
  end_attempt(id);
}

result<void> keyed_store::finish_attempt(finished_attempt what) {
  if (!is_attempts_own(what.outcome))
    return {ec::invalid_argument, fmt::format("finish: {} isn't how an attempt ends", to_string(what.outcome))};
  auto found = load_job(what.attempt.job);
  if (!found)
    return found.err();
  auto& ended = **found;
  const auto size = size_bytes(what.result);
  const bool is_too_large = size > config_.bounds.argument_size_bytes || is_nested_too_deep(what.result);
  // A lease that was lost while the record couldn't be read is lost.
  if (!is_newest(ended, what.attempt) || live_->leases.find(ended.id) == nullptr) {
    if (is_told_again(ended, what, is_too_large))
      return {};
    next_revision();
    auto& told = add_job_event(event_type::stale_finish_refused, ended);
    told.outcome = what.outcome;
    told.executor.clear(); // the newest attempt's is another one, or the same by chance
    told.attempt = 0;
    told.text = fmt::format("token {} isn't the newest", what.attempt.token);
    return stale(what.attempt);
  }
  // By what its executor says: that a good result is too large isn't mended by trying again. What is to be cancelled isn't
  // tried again either.
  const bool is_failure =
      !ended.cancel_requested && is_retryable(ended.retry, what.outcome, exit_code_of(ended, what.result));
  const auto error_text = cut_text(what.error_text);
  // By the executor's clock it ran this long; what is more was spent on the way to it and back. One that the store's
  // clock has in the future was started before the clock was set back.
  const auto began = now_.wall - std::max(what.ran_for, duration{0});
  ended.started_at = *ended.started_at > now_.wall ? began : std::max(*ended.started_at, began);
  const auto number = next_revision();
  if (is_failure)
    ++ended.failed_attempts;
  const bool is_spent = ended.failed_attempts >= ended.retry.max_attempts;
  if (is_failure && !is_spent) {
    try_again(ended, what, error_text, number);
  } else if (is_too_large) {
    finish(ended, job_outcome::error,
           fmt::format("it ended with {}, but its result of {} bytes exceeds the limit of {} or is nested too deep",
                       to_string(what.outcome), size, config_.bounds.argument_size_bytes),
           number);
  } else {
    ended.result = std::move(what.result);
    finish(ended, what.outcome, error_text, number);
  }
  if (is_failure && is_spent && ended.retry.max_attempts > 1)
    add_dead_letter(ended);
  end_attempt(ended.id);
  return {};
}

// The newest attempt has failed and isn't the last one. Its lease is the caller's.
void keyed_store::try_again(job& what, const finished_attempt& failed, const std::string& error_text, revision number) {
  const auto wait = retry_delay(what.retry, what.id, what.failed_attempts);
  live_->jobs.changed(what);
  what.state = job_state::pending;
  what.failed_token = failed.attempt.token;
  what.error_text = error_text;
  if (!what.first_not_before)
    what.first_not_before = what.not_before;
  what.not_before = now_.wall + wait;
  what.changed = number;
  auto& told = add_job_event(event_type::job_retry_scheduled, what);
  told.outcome = failed.outcome;
  told.text = fmt::format("{}{}failed {} of {} times, again in {}", error_text, error_text.empty() ? "" : "; ",
                          what.failed_attempts, what.retry.max_attempts, to_text(wait));
  what.held_by.reset();
  make_pending(what);
}

result<void> keyed_store::release_attempt(const attempt_id& attempt) {
  auto found = load_job(attempt.job);
  if (!found)
    return found.err();
  auto& released = **found;
  if (!is_newest(released, attempt) || live_->leases.find(attempt.job) == nullptr)
    return stale(attempt);
  end_without_outcome(released, "its executor handed it back");
  return {};
}

// ---- leases

result<std::vector<attempt_id>> keyed_store::renew_leases(const lease_holder& holder, std::span<const attempt_id> held,
                                                          revision seen_token) {
  auto& live = *live_;
  if (!replace_older_processes(holder))
    return std::vector<attempt_id>{held.begin(), held.end()};
  std::vector<attempt_id> gone;
  for (const auto& named : held) {
    const auto* attempt = live.leases.find(named.job);
    if (attempt == nullptr || attempt->token != named.token || live.leases.holder_of(named.token) != holder)
      gone.push_back(named);
  }
  for (const auto& id : live.leases.renew(holder, held, seen_token, now_.boot))
    lose_attempt(id, "its executor doesn't run it any more");
  if (live.failure)
    return *live.failure;
  return gone;
}

result<void> keyed_store::expire_leases() {
  for (const auto& id : live_->leases.expired(now_.boot))
    lose_attempt(id, "its lease ended");
  if (live_->failure)
    return *live_->failure;
  return {};
}

std::optional<duration> keyed_store::next_deadline() const {
  if (!live_)
    return std::nullopt;
  if (live_->asks_again)
    return duration{0};
  std::optional<duration> until;
  if (const auto next = live_->ready.next_not_before())
    until = *next - now_.wall;
  if (const auto end = live_->leases.next_end())
    until = std::min(until.value_or(duration::max()), *end - now_.boot);
  if (const auto opening = live_->rates.next_opening())
    until = std::min(until.value_or(duration::max()), *opening - now_.boot);
  return until ? std::optional{std::max(*until, duration{0})} : std::nullopt;
}

} // namespace carillon::keyed
