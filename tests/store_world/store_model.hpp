#pragma once

#include "carillon/store/data_store.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

/// The contract of a store, in the most obvious way: everything in ordered maps, everything searched from the start. What
/// random operations on a real store are compared with. One task without a limit.
namespace carillon::testing {

struct model_job {
  job_state state = job_state::pending;
  job_outcome outcome = job_outcome::none;
  timestamp not_before{};
  revision incarnation = 0;
  bool is_one_at_a_time = false;
  revision token = 0; ///< of the newest attempt
  std::uint32_t attempt = 0, lost = 0;
  bool cancel_requested = false;
  lease_holder holder;
  duration lease_end{};
};

struct model_schedule {
  revision incarnation = 0;
  bool paused = false;
  overlap_policy overlap = overlap_policy::allow;
  timestamp next{};
};

struct store_model {
  static constexpr duration lease = std::chrono::seconds{10};
  static constexpr std::uint32_t max_lost = 3;

  std::map<job_id, model_job> jobs;
  std::map<std::string, model_schedule> schedules;

  [[nodiscard]] std::size_t count(job_state state) const {
    std::size_t found = 0;
    for (const auto& [id, x] : jobs)
      found += x.state == state;
    return found;
  }

  [[nodiscard]] bool runs(revision incarnation) const {
    for (const auto& [id, x] : jobs)
      if (x.state == job_state::running && x.incarnation == incarnation)
        return true;
    return false;
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
  std::vector<job_id> hand_out(const lease_holder& holder, std::size_t limit, clock_reading now) {
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
      if (x.is_one_at_a_time && runs(x.incarnation))
        continue;
      x.state = job_state::running;
      ++x.attempt;
      x.holder = holder;
      x.lease_end = now.boot + lease;
      given.push_back(id);
    }
    return given;
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
