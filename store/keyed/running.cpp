#include "keyed/keyed_store.hpp"

#include "keyed/limit_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

error stale(const attempt_id& attempt) {
  return {ec::stale_token, fmt::format("job {}: token {} isn't the newest: the attempt has lost its lease",
                                       attempt.job.to_string(), attempt.token)};
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

bool keyed_store::has_room(task_slot slot) const {
  const auto& maximum = live_->tasks.at(slot)->max_running_jobs;
  return !maximum || live_->leases.running_of_task(slot) < *maximum;
}

std::vector<task_slot> keyed_store::fitting_tasks(const demand& wanted) const {
  const auto contains = [](const std::vector<std::string>& all, const std::string& x) {
    return std::ranges::find(all, x) != all.end();
  };
  std::vector<task_slot> fitting;
  for (task_slot slot = 0; slot < live_->tasks.slots(); ++slot) {
    const auto* settings = live_->tasks.at(slot); // none: its record can't be read; its jobs wait
    if (settings != nullptr && contains(wanted.runners, settings->runner) &&
        (settings->id == command_task || contains(wanted.tasks, settings->id)))
      fitting.push_back(slot);
  }
  return fitting;
}

// The earliest job of all these tasks. Looked for anew for each job, as taking one may let another of any task go; there are
// few tasks.
std::optional<task_slot> keyed_store::next_runnable(const std::vector<task_slot>& tasks) {
  const waiting_job* earliest = nullptr;
  std::optional<task_slot> next;
  for (const auto slot : tasks) {
    const auto* first = live_->ready.first(slot);
    if (first != nullptr && (earliest == nullptr || first->is_before(*earliest)) && has_room(slot)) {
      earliest = first;
      next = slot;
    }
  }
  return next;
}

// Takes the first job of the slot's queue out. Null: that one can't run now, and whatever that means for it has been done.
result<job*> keyed_store::take_runnable(task_slot slot, std::optional<revision>& number) {
  auto& live = *live_;
  const auto taken = live.ready.take(slot);
  if (taken.one_at_a_time != 0 && live.leases.running_of_schedule(taken.incarnation) > 0) {
    live.ready.park(slot, taken);
    return nullptr;
  }
  const auto found = load_job(taken.id);
  if (live.failure)
    return *live.failure;
  if (!found) {
    // The others go on (I10). One in a block that can't be read is looked for again at the next start.
    if (found.err().code() == ec::not_found ||
        live.quarantined.contains({family::jobs, std::string{job_key(taken.id)}})) {
      live.tasks.uncount_job(slot);
      live.buckets.remove(taken.id);
    }
    let_next_run(taken.incarnation);
    return nullptr;
  }
  auto& what = **found;
  CARILLON_ASSERT(what.state == job_state::pending);
  if (!number)
    number = next_revision();
  if (what.start_deadline && now_.wall > *what.start_deadline) {
    finish(what, job_outcome::missed_start_deadline, "no worker took it before its start deadline", *number);
    let_next_run(what.incarnation);
    return nullptr;
  }
  return &what;
}

void keyed_store::start_attempt(job& what, task_slot slot, const lease_holder& holder, revision number) {
  live_->jobs.changed(what);
  what.state = job_state::running;
  ++what.attempt;
  what.held_by = lease{holder.executor, holder.process, number};
  what.started_at = now_.wall;
  what.changed = number;
  live_->leases.start(what.id, {number, what.incarnation, slot}, holder, now_.boot);
  add_job_event(event_type::job_acquired, what);
}

result<std::vector<job>> keyed_store::hand_out_jobs(const demand& wanted, std::size_t limit) {
  auto& live = *live_;
  std::vector<job> given;
  if (!replace_older_processes(wanted.holder))
    return given;
  // What is on its way to the executor isn't in its free slots yet.
  const auto on_the_way = live.leases.held_after(wanted.holder, wanted.last_hand_out);
  const auto free = wanted.free_slots > on_the_way ? wanted.free_slots - on_the_way : 0;
  limit = std::min({limit, std::size_t{free}, config_.bounds.batch_items});
  if (limit == 0)
    return given;

  const auto tasks = fitting_tasks(wanted);
  std::optional<revision> number;
  std::size_t size = 0;
  while (given.size() < limit && size < config_.bounds.batch_size_bytes) {
    const auto slot = next_runnable(tasks);
    if (!slot)
      break;
    const auto taken = take_runnable(*slot, number);
    if (!taken)
      return taken.err();
    if (*taken == nullptr)
      continue;
    start_attempt(**taken, *slot, wanted.holder, *number);
    size += size_bytes((*taken)->arguments);
    given.push_back(**taken);
  }
  return given;
}

// ---- the ends of attempts

// The job's lease is gone, whatever becomes of the job.
void keyed_store::end_attempt(const job_id& id, revision incarnation) {
  live_->leases.end(id);
  let_next_run(incarnation);
}

void keyed_store::let_next_run(revision incarnation) {
  if (incarnation != 0 && live_->leases.running_of_schedule(incarnation) == 0)
    live_->ready.unpark(incarnation);
}

void keyed_store::lose_attempt(const job_id& id, std::string_view why) {
  auto& live = *live_;
  const auto attempt = *live.leases.find(id);
  const auto found = load_job(id);
  if (!found) {
    // Unreadable: on its way to the quarantine, which has ended the attempt, or the database has failed.
    if (live.leases.find(id) != nullptr)
      end_attempt(id, attempt.incarnation);
    return;
  }
  auto& what = **found;
  const auto number = next_revision();
  live.jobs.changed(what);
  ++what.lost_attempts;
  what.changed = number;
  add_job_event(event_type::job_released, what).text = why;
  const auto* settings = live.tasks.at(attempt.task);
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
  end_attempt(id, attempt.incarnation);
}

result<void> keyed_store::finish_attempt(const finished_attempt& what) {
  if (what.outcome == job_outcome::none)
    return {ec::invalid_argument, "finish: it has no outcome"};
  auto found = load_job(what.attempt.job);
  if (!found)
    return found.err();
  auto& ended = **found;
  if (!is_newest(ended, what.attempt)) {
    if (ended.state == job_state::finished && ended.held_by && ended.held_by->token == what.attempt.token &&
        ended.outcome == what.outcome)
      return {}; // told twice
    next_revision();
    auto& told = add_job_event(event_type::stale_finish_refused, ended);
    told.outcome = what.outcome;
    told.text = fmt::format("token {} isn't the newest", what.attempt.token);
    return stale(what.attempt);
  }
  const auto size = size_bytes(what.result);
  const bool is_too_large = size > config_.bounds.argument_size_bytes || is_nested_too_deep(what.result);
  // By the executor's clock it ran this long; what is more was spent on the way to it and back.
  ended.started_at = std::max(*ended.started_at, now_.wall - std::max(what.ran_for, duration{0}));
  if (is_too_large) {
    finish(ended, job_outcome::error,
           fmt::format("it ended with {}, but its result of {} bytes exceeds the limit of {} or is nested too deep",
                       to_string(what.outcome), size, config_.bounds.argument_size_bytes),
           next_revision());
  } else {
    ended.result = what.result;
    finish(ended, what.outcome, what.error_text, next_revision());
  }
  end_attempt(ended.id, ended.incarnation);
  return {};
}

result<void> keyed_store::release_attempt(const attempt_id& attempt) {
  auto found = load_job(attempt.job);
  if (!found)
    return found.err();
  auto& released = **found;
  if (!is_newest(released, attempt))
    return stale(attempt);
  const auto number = next_revision();
  live_->jobs.changed(released);
  released.changed = number;
  add_job_event(event_type::job_released, released).text = "handed back";
  if (released.cancel_requested) {
    finish(released, job_outcome::cancelled, "cancelled; its executor handed it back", number);
  } else {
    released.state = job_state::pending;
    released.held_by.reset();
    make_pending(released);
  }
  end_attempt(attempt.job, released.incarnation);
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
  std::optional<duration> until;
  if (const auto next = live_->ready.next_not_before())
    until = *next - now_.wall;
  if (const auto end = live_->leases.next_end())
    until = std::min(until.value_or(duration::max()), *end - now_.boot);
  return until ? std::optional{std::max(*until, duration{0})} : std::nullopt;
}

} // namespace carillon::keyed
