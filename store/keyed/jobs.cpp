#include "keyed/keyed_store.hpp"

#include "keyed/clock_steps.hpp"
#include "keyed/limit_checks.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

#include <utility>

namespace carillon::keyed {
namespace {

// Makes of it the job that was added: what the caller said stays, and what has happened since goes. In its place, as jobs are large.
// Whatever a job gets that only happens to it belongs here.
void forget_history(job& what) {
  what.created_at = {};
  what.not_before = what.first_not_before.value_or(what.not_before);
  what.first_not_before.reset();
  what.state = job_state::pending;
  what.attempt = what.lost_attempts = what.failed_attempts = 0;
  what.failed_token = 0;
  what.cancel_requested = false;
  what.held_by.reset();
  what.started_at.reset();
  what.outcome = job_outcome::none;
  what.finished_at.reset();
  what.result = {};
  (void)std::exchange(what.error_text, {}); // with its memory, which may be much
  what.dead_letter = false;
  what.changed = 0;
  (void)std::exchange(what.unknown_fields, {});
}

// Or made in the same way: nobody may take the id that a fire time's job will have.
bool is_of_fire_time(const job_id& id) {
  constexpr unsigned version = 8;
  return id.bytes()[6] >> 4U == version;
}

// A direct job has these settings where it doesn't say.
void fill_in(job& what, std::optional<duration> time_limit, duration result_expiration, const retry_policy& retry,
             const value::map& metadata_below) {
  if (!what.time_limit)
    what.time_limit = time_limit;
  if (what.result_expiration == duration{0})
    what.result_expiration = result_expiration;
  if (what.retry.max_attempts == 0)
    what.retry = retry;
  what.metadata.insert(metadata_below.begin(), metadata_below.end());
}

} // namespace

// `id` is what a caller has chosen for a new job.
result<void> keyed_store::check_new_id(const job_id& id) {
  if (id == job_id{})
    return {ec::invalid_argument, "job: it has no id"};
  if (is_of_fire_time(id))
    return {ec::invalid_argument,
            "id: UUIDs of version 8 are kept for the jobs of fire times; take one of version 7 or 4"};
  return {};
}

result<void> keyed_store::check_job(const job& what) const {
  if (auto checked = check_new_id(what.id); !checked)
    return checked;
  if (what.incarnation >= revision{1} << 62U)
    return {ec::invalid_argument, "incarnation: there is none so high"};
  if (!what.schedule_id.empty())
    if (auto checked = check_id("schedule", what.schedule_id); !checked)
      return checked;
  if (auto checked = check_name("overlap", what.overlap); !checked)
    return checked;
  if (what.retry.max_attempts != 0) // else its task's
    if (auto checked = check_retry(what.retry); !checked)
      return checked.err().within("retry");
  if (auto checked = check_unique(what.unique); !checked)
    return checked;
  if (auto checked = check_follow_ups_of(what.follow_ups); !checked)
    return checked;
  return check_work(what, live_->tasks.find(what.task), config_.bounds);
}

result<std::shared_ptr<const job>> keyed_store::add_job(job what) {
  const auto told = [&](const job& known) { return std::make_shared<const job>(as_seen(known, now_.wall)); };
  const auto found = load_or_free([&] { return find_unexpired(what.id); });
  if (!found)
    return found.err();
  if (*found != nullptr) {
    // What it doesn't say is as it was then, whatever its task says today.
    const auto& known = **found;
    fill_in(what, known.time_limit, known.result_expiration, known.retry, known.metadata);
    auto added = known;
    forget_history(added);
    forget_history(what);
    if (added == what)
      return told(**found);
    return {ec::conflict, fmt::format("job {} is there already, with other content", (*found)->id.to_string())};
  }
  if (auto checked = check_job(what); !checked)
    return checked.err();
  if (what.unique) {
    const auto holder = find_unique(what.unique->key);
    if (!holder)
      return holder.err();
    if (*holder != nullptr)
      return told(**holder);
  }
  const auto& settings = *live_->tasks.find(what.task);
  fill_in(what, settings.time_limit, settings.result_expiration, settings.retry, settings.metadata);
  what.created_at = now_.wall;
  return live_->jobs.share(add_new_job(std::move(what), next_revision()));
}

const job& keyed_store::add_new_job(job&& what, revision number) {
  auto& live = *live_;
  const auto created_at = what.created_at;
  forget_history(what);
  what.created_at = created_at;
  what.changed = number;
  count_unfinished(what);
  live.buckets.add(what.id);
  live.taken_ids.add(what.id, now_.wall);
  const auto& kept = live.jobs.put(std::move(what));
  if (kept.unique)
    hold_unique_key(kept);
  make_pending(kept);
  add_job_event(event_type::job_added, kept);
  return kept;
}

waiting_job keyed_store::to_waiting(const job& what) const {
  waiting_job waiting;
  waiting.not_before = what.not_before;
  waiting.id = what.id;
  waiting.incarnation = what.incarnation;
  waiting.one_at_a_time = what.incarnation != 0 && what.overlap != overlap_policy::allow;
  if (what.limit) {
    waiting.key = live_->keys.find(what.limit->key);
    waiting.maximum = what.limit->maximum;
  }
  if (what.rate)
    waiting.rate = live_->rates.find(*what.rate);
  return waiting;
}

void keyed_store::count_unfinished(const job& what) {
  live_->tasks.count_job(live_->tasks.slot_of(what.task));
  if (what.limit)
    live_->keys.acquire(what.limit->key);
  if (what.rate)
    live_->rates.acquire(*what.rate);
}

void keyed_store::uncount_unfinished(task_slot own_slot, std::uint32_t key, std::uint32_t rate) {
  live_->tasks.uncount_job(own_slot);
  if (key != 0)
    live_->keys.release(key);
  if (rate != 0)
    live_->rates.release(rate);
}

void keyed_store::make_pending(const job& what) {
  live_->ready.add(live_->tasks.slot_of(what.task, what.runner, what.priority), to_waiting(what), now_.wall,
                   waits_since(what));
}

// Leases and the queue are the caller's.
void keyed_store::finish(job& what, job_outcome outcome, std::string error_text, revision number) {
  auto& live = *live_;
  live.jobs.changed(what);
  what.state = job_state::finished;
  what.outcome = outcome;
  what.error_text = std::move(error_text);
  what.finished_at = now_.wall;
  what.changed = number;
  const auto waited = to_waiting(what);
  uncount_unfinished(live.tasks.slot_of(what.task), waited.key, waited.rate);
  live.buckets.remove(what.id);
  if (what.unique)
    free_unique_key(what);
  if (!what.follow_ups.empty())
    live.ended_with_follow_ups.push_back(what.id);
  if (outcome == job_outcome::deserialization_failed)
    add_job_event(event_type::job_deserialization_failed, what).text = what.error_text;
  add_job_event(event_type::job_finished, what).text = what.error_text;
}

// The caller has started a transition.
void keyed_store::ask_to_stop(job& what) {
  auto& live = *live_;
  live.cancellations.push_back({{what.held_by->executor, what.held_by->process}, {what.id, what.held_by->token}});
  if (what.cancel_requested)
    return; // the request is sent again, as the first may have been lost on its way
  live.jobs.changed(what);
  what.cancel_requested = true;
  what.changed = live.next_revision - 1;
  add_job_event(event_type::job_cancel_requested, what);
}

void keyed_store::cancel_pending(job& what, std::string why, revision number) {
  const auto waiting = to_waiting(what);
  live_->ready.cancel(what.id, what.incarnation);
  finish(what, job_outcome::cancelled, std::move(why), number);
  pass_on(live_->tasks.slot_of(what.task, what.runner, what.priority), waiting);
}

result<job> keyed_store::cancel_job(const job_id& id) {
  auto found = load_job(id);
  if (!found)
    return found.err();
  auto& what = **found;
  switch (what.state) {
    case job_state::finished:
      if (what.outcome != job_outcome::cancelled)
        return {ec::wrong_state, fmt::format("job {} is finished: {}", id.to_string(), to_string(what.outcome))};
      break;
    case job_state::pending:
      cancel_pending(what,
                     what.failed_attempts == 0
                         ? "cancelled before it ran"
                         : fmt::format("cancelled before it was tried again; {}", what.error_text),
                     next_revision());
      break;
    case job_state::running:
      if (!what.cancel_requested)
        next_revision();
      ask_to_stop(what);
      break;
  }
  return as_seen(what, now_.wall);
}

} // namespace carillon::keyed
