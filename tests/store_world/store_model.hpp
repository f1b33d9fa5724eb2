#pragma once

#include "carillon/store/data_store.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

/// The contract of a store, in the most obvious way: everything in ordered maps, everything searched from the start. What
/// random operations on a real store are compared with.
namespace carillon::testing {

struct model_job {
  job_state state = job_state::pending;
  job_outcome outcome = job_outcome::none;
  std::string task;
  std::string runner; ///< empty: the task's
  timestamp not_before{};
  std::optional<timestamp> start_deadline;
  std::optional<concurrency_limit> limit;
  revision incarnation = 0;
  bool is_one_at_a_time = false;
  revision token = 0; ///< of the newest attempt
  std::uint32_t attempt = 0, lost = 0, failed = 0;
  std::uint32_t max_attempts = 1;
  duration retry_delay{}; ///< always the same
  revision failed_token = 0;
  timestamp first_not_before{};
  bool is_rerun = false;
  bool is_dead_letter = false;
  bool cancel_requested = false;
  lease_holder holder;
  duration lease_end{};
};

struct model_schedule {
  revision incarnation = 0;
  bool paused = false;
  overlap_policy overlap = overlap_policy::allow;
  timestamp next{};
  std::string task;
};

struct model_task {
  std::string runner;
  std::optional<std::uint32_t> max_running_jobs;
};

/// What an executor takes.
struct model_offer {
  std::set<std::string> tasks, runners;
};

struct store_model {
  static constexpr duration lease = std::chrono::seconds{10};
  static constexpr std::uint32_t max_lost = 3;

  std::map<job_id, model_job> jobs;
  std::map<std::string, model_schedule> schedules;
  std::map<std::string, model_task> tasks;

  [[nodiscard]] std::size_t count(job_state state) const {
    std::size_t found = 0;
    for (const auto& [id, x] : jobs)
      found += x.state == state;
    return found;
  }

  template <class Predicate>
  [[nodiscard]] std::size_t count_running(Predicate holds) const {
    std::size_t found = 0;
    for (const auto& [id, x] : jobs)
      found += x.state == job_state::running && holds(x);
    return found;
  }

  /// Whether its task, its schedule and its key all have room.
  [[nodiscard]] bool has_room(const model_job& x) const {
    const auto& maximum = tasks.at(x.task).max_running_jobs;
    if (maximum && count_running([&](const auto& other) { return other.task == x.task; }) >= *maximum)
      return false;
    if (x.is_one_at_a_time && count_running([&](const auto& other) { return other.incarnation == x.incarnation; }) > 0)
      return false;
    return !x.limit || count_running([&](const auto& other) {
                         return other.limit && other.limit->key == x.limit->key;
                       }) < x.limit->maximum;
  }

  [[nodiscard]] bool fits(const model_job& x, const model_offer& offer) const {
    return offer.tasks.contains(x.task) &&
           offer.runners.contains(x.runner.empty() ? tasks.at(x.task).runner : x.runner);
  }

  [[nodiscard]] std::vector<job_id> held_by(const lease_holder& holder) const {
    std::vector<job_id> held;
    for (const auto& [id, x] : jobs)
      if (x.state == job_state::running && x.holder == holder)
        held.push_back(id);
    return held;
  }

  void finish(model_job& x, job_outcome outcome) {
    x.state = job_state::finished;
    x.outcome = outcome;
  }

  /// The newest attempt failed.
  void fail(model_job& x, timestamp now) {
    if (!x.cancel_requested && ++x.failed < x.max_attempts) {
      x.state = job_state::pending;
      x.not_before = now + x.retry_delay;
      x.failed_token = x.token;
      return;
    }
    finish(x, job_outcome::error);
    x.is_dead_letter = !x.cancel_requested && x.max_attempts > 1;
  }

  void lose(model_job& x) {
    ++x.lost;
    if (x.cancel_requested)
      finish(x, job_outcome::cancelled);
    else if (x.lost >= max_lost)
      finish(x, job_outcome::abandoned);
    else
      x.state = job_state::pending;
  }

  /// What `holder` replaces loses everything.
  void replace_older(const lease_holder& holder) {
    for (auto& [id, x] : jobs)
      if (x.state == job_state::running && x.holder.executor == holder.executor && x.holder.process < holder.process)
        lose(x);
  }

  /// The jobs that are handed out, in order; their tokens aren't known yet.
  std::vector<job_id> hand_out(const lease_holder& holder, std::size_t limit, const model_offer& offer,
                               clock_reading now) {
    replace_older(holder);
    std::set<std::pair<timestamp, job_id>> waiting;
    for (const auto& [id, x] : jobs)
      if (x.state == job_state::pending && x.not_before <= now.wall)
        waiting.emplace(x.not_before, id);
    std::vector<job_id> given;
    for (const auto& [not_before, id] : waiting) {
      auto& x = jobs[id];
      if (given.size() == limit)
        break;
      if (!fits(x, offer) || !has_room(x))
        continue;
      if (x.start_deadline && x.attempt == 0 && now.wall > *x.start_deadline) {
        finish(x, job_outcome::missed_start_deadline);
        continue;
      }
      x.state = job_state::running;
      ++x.attempt;
      x.holder = holder;
      x.lease_end = now.boot + lease;
      given.push_back(id);
    }
    return given;
  }

  /// What goes along with a task whose jobs don't run.
  void remove_task(const std::string& task) {
    for (auto& [id, x] : jobs)
      if (x.task == task && x.state == job_state::pending)
        finish(x, job_outcome::cancelled);
    std::erase_if(schedules, [&](const auto& entry) { return entry.second.task == task; });
  }

  void renew(const lease_holder& holder, const std::set<job_id>& named, duration boot) {
    replace_older(holder);
    for (const auto& id : held_by(holder))
      if (auto& x = jobs[id]; named.contains(id))
        x.lease_end = boot + lease;
      else
        lose(x);
  }

  void expire(duration boot) {
    for (auto& [id, x] : jobs)
      if (x.state == job_state::running && x.lease_end <= boot)
        lose(x);
  }

  void restart_leases(duration boot) {
    for (auto& [id, x] : jobs)
      x.lease_end = boot + lease;
  }
};

} // namespace carillon::testing
