#include "engine/store_core.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

namespace carillon::engine {

// Opening a store costs much more than a request.
bool store_core::is_backing_off(clock_reading now) const {
  return !open_ && failed_ && now.boot - last_.boot < retry_after;
}

result<void> store_core::open_batch(clock_reading now) {
  if (open_)
    return {};
  if (is_backing_off(now))
    return *failed_;
  auto opened = store_->begin(now);
  open_ = opened.has_value();
  const bool is_set_back = now.wall < std::exchange(opened_at_, now.wall);
  if (open_ && is_set_back)
    (void)store_->release_claims(held_.drop_all()); // their time may be years away by this clock
  if (!opened) {
    failed_ = opened.err();
    last_ = now;
  }
  return opened;
}

void store_core::hold(std::vector<fire_plan> plans) {
  for (auto& plan : plans)
    held_.add(std::move(plan));
}

bool store_core::is_plan_due(timestamp now) const {
  const auto next = held_.next();
  return next && *next <= now;
}

duration store_core::until_held_plan(timestamp when, timestamp now) const {
  constexpr int rest = 30; // times as long as it is looked at the clock
  if (when <= now)
    return duration{0};
  const bool has_rested = when - last_.wall >= rest * wake_early_;
  return std::max(when - now - (has_rested ? wake_early_ : duration{0}), duration{0});
}

void store_core::commit_held_plans(const limits& most, std::vector<error>& refused) {
  for (auto& plan : held_.take_due(opened_at_, most))
    if (auto done = store_->commit_fire_plan(std::move(plan)); !done) {
      const auto code = done.err().code();
      if (code == ec::stale_revision || code == ec::not_found)
        continue; // an expected race: it is due again, or gone
      refused.push_back(done.err());
      const bool is_of_this_schedule =
          code == ec::invalid_argument || code == ec::store_corrupt || code == ec::store_version;
      if (!is_of_this_schedule)
        break; // the database fails: so will the commit, and everything is due again
    }
}

void store_core::on_demand(demand level) {
  demands_.update(std::move(level));
  demand_grew_ = true;
}

result<job_explanation> store_core::explain_job(const job_id& id, timestamp now) const {
  auto found = store_->find_job(id);
  if (!found)
    return found.err();
  job_explanation told{*std::move(found), {}};
  if (told.what.state == job_state::pending)
    told.waiting_for = describe_wait(told.what, now);
  return told;
}

std::vector<node_status> store_core::nodes() const {
  auto all = store_->nodes();
  for (auto& one : all)
    one.free_slots = demands_.free_slots(one.known.what.name);
  return all;
}

std::set<std::string> store_core::draining_nodes() const {
  std::set<std::string> names;
  for (const auto& one : store_->nodes())
    if (one.known.is_draining)
      names.insert(one.known.what.name);
  return names;
}

std::string store_core::describe_wait(const job& what, timestamp now) const {
  if (what.not_before > now)
    return "its time, " + to_iso8601(what.not_before);
  auto runner = what.runner;
  std::vector<std::string> labels;
  if (const auto settings = store_->find_task(what.task)) {
    labels = settings->labels;
    if (runner.empty())
      runner = settings->runner;
  }
  switch (demands_.find_offer(what.task, runner, labels, draining_nodes())) {
    case demand_book::offer::none:
      return fmt::format("a worker: none offers the task {} with the runner {}{} now", quote(what.task), quote(runner),
                         labels.empty() ? "" : fmt::format(" and the labels {}", fmt::join(labels, ", ")));
    case demand_book::offer::draining: return "a worker: all that offer its task are draining";
    case demand_book::offer::busy: return "a free slot: all workers that offer its task are busy";
    case demand_book::offer::free: break;
  }
  return "its turn: a limit, a rate or an earlier job holds it back";
}

result<std::vector<hand_out>> store_core::hand_out_jobs(const limits& most) {
  std::vector<hand_out> all;
  std::size_t left = most.batch_items;
  is_cut_ = false;
  for (const auto* wanted : demands_.open()) {
    auto jobs = store_->hand_out_jobs(*wanted, left);
    if (!jobs)
      return jobs.err();
    if (jobs->empty())
      continue;
    left -= std::min(left, jobs->size());
    std::size_t size = 0;
    for (const auto& one : *jobs)
      size += size_bytes(*one.what);
    is_cut_ = is_cut_ || left == 0 || size >= most.batch_size_bytes;
    demands_.on_served(wanted->holder.executor, jobs->back().what->held_by->token, jobs->size());
    all.push_back({wanted->holder, *std::move(jobs)});
    if (left == 0)
      break;
  }
  return all;
}

// A round of what time and demand allow: so much of each at most.
result<std::vector<hand_out>> store_core::take_up(const limits& most, std::vector<error>& refused_plans) {
  commit_held_plans(most, refused_plans);
  if (auto expired = store_->expire_leases(); !expired)
    return expired.err();
  return hand_out_jobs(most);
}

commit_effects store_core::commit(clock_reading now, const std::function<void(hand_out)>& give) {
  const auto deadline = store_->next_deadline();
  const bool time_is_up = (deadline && now.boot - last_.boot >= *deadline) || is_plan_due(now.wall);
  commit_effects effects;
  if (!open_ && !demand_grew_ && !failed_ && !time_is_up)
    return effects;
  if (is_backing_off(now)) { // asked for all the same: that mustn't put the next try off
    effects.committed = *failed_;
    return effects;
  }
  demand_grew_ = false;
  effects.committed = open_batch(now);
  if (effects.committed) {
    // Before the commit in small rounds: executors begin with the first while others are still taken up.
    constexpr int most_early_rounds = 40, rounds_of_batch = 4;
    const bool is_early = level_ == durability::none;
    result<std::vector<hand_out>> handed = std::vector<hand_out>{};
    const auto take = [&](const limits& most) {
      handed = take_up(most, effects.refused_plans);
      if (handed && is_early)
        for (auto& one : std::exchange(*handed, {}))
          give(std::move(one));
    };
    auto small = bounds_;
    small.batch_items = std::max<std::size_t>(small.batch_items / rounds_of_batch, 1);
    small.batch_size_bytes = std::max<std::size_t>(small.batch_size_bytes / rounds_of_batch, 1);
    for (int round = 0; is_early && handed && round < most_early_rounds; ++round) {
      if (!is_plan_due(opened_at_))
        break;
      take(small);
    }
    if (handed)
      take(bounds_);
    auto summary = store_->commit(); // after a failure too: it drops what it has then
    if (handed && summary) {
      effects.events = std::move(summary->events);
      effects.cancellations = std::move(summary->cancellations);
      effects.hand_outs = *std::move(handed);
      demand_grew_ = is_cut_; // what a batch had no room for goes with the next one, which nobody else asks for
    } else
      effects.committed = handed ? summary.err() : handed.err();
  }
  open_ = false;
  failed_ = effects.committed ? std::nullopt : std::optional{effects.committed.err()};
  last_ = now;
  for (const auto& what : effects.events)
    if (what.type == event_type::job_finished && what.job) {
      const auto [first, last] = parked_.equal_range(*what.job);
      for (auto waiting = first; waiting != last; ++waiting)
        arrived_.push_back(waiting->second);
      parked_.erase(first, last);
    }
  return effects;
}

void store_core::park(std::uint64_t ticket, const job_id& id, duration limit, clock_reading now) {
  arrived_.push_back({ticket, id, now.boot + limit});
}

std::vector<parked_answer> store_core::take_answers(clock_reading now) {
  std::vector<parked_answer> answers;
  if (!open_) { // else the job may be one that the open batch adds or finishes: it isn't readable yet
    for (const auto& waiting : std::exchange(arrived_, {})) {
      auto known = store_->find_job(waiting.id);
      if (known && known->state != job_state::finished)
        parked_.emplace(waiting.id, waiting);
      else
        answers.push_back({waiting.ticket, std::move(known)});
    }
  }
  for (auto entry = parked_.begin(); entry != parked_.end();) {
    if (entry->second.until > now.boot) {
      ++entry;
      continue;
    }
    answers.push_back({entry->second.ticket,
                       result<job>{ec::timed_out, "the job " + entry->first.to_string() + " hasn't finished in time"}});
    entry = parked_.erase(entry);
  }
  return answers;
}

std::optional<duration> store_core::next_deadline(clock_reading now) const {
  if (failed_)
    return retry_after;
  if ((!arrived_.empty() || demand_grew_) && !open_)
    return duration{0};
  std::optional<duration> next;
  const auto consider = [&](duration left) { next = next ? std::min(*next, left) : left; };
  if (const auto deadline = store_->next_deadline())
    consider(*deadline - (now.boot - last_.boot));
  for (const auto& [id, waiting] : parked_)
    consider(waiting.until - now.boot);
  if (const auto when = held_.next())
    consider(until_held_plan(*when, now.wall));
  if (next)
    next = std::max(*next, duration{0});
  return next;
}

std::optional<timestamp> store_core::next_due() const {
  const auto left = failed_ ? std::nullopt : store_->next_due();
  return left ? std::optional{last_.wall + *left} : std::nullopt;
}

} // namespace carillon::engine
