#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace carillon::keyed {

/// A task's place in the tables of a running store, 0, 1, 2 ...
using task_slot = std::uint32_t;

/// A job that waits, as far as the order of handing out needs it.
struct waiting_job {
  timestamp not_before{};
  job_id id;
  revision incarnation : 63 = 0;  ///< of its schedule; 0: a direct job
  revision one_at_a_time : 1 = 0; ///< not while another job of the incarnation runs

  /// The order of handing out.
  [[nodiscard]] bool is_before(const waiting_job& other) const noexcept {
    return not_before != other.not_before ? not_before < other.not_before : id < other.id;
  }
};

/// Which pending job is next: for each task those whose `not_before` has come, earliest first, ties by id; those that must
/// wait for their time; and those that are parked until the running job of their schedule has ended.
///
/// In memory only, about 40 bytes a job. One thread.
///
/// As long as something is parked for an incarnation, one of its jobs runs or is ready: whoever ends the running one, or
/// takes or cancels a ready one without running it, calls `unpark`.
class ready_queue {
public:
  /// Adds a job that isn't there. `now` decides whether its time has come.
  void add(task_slot task, const waiting_job& what, timestamp now);

  /// Jobs whose `not_before` has come become ready.
  void advance(timestamp now);

  /// The first of `task` that is ready; null: none. Valid until the next call that isn't const.
  [[nodiscard]] const waiting_job* first(task_slot task);

  /// Takes `first(task)`, which exists, out.
  waiting_job take(task_slot task);

  /// Takes a job out wherever it is. Its entry stays behind until it comes up, or until more are stale than not.
  void cancel(const job_id& id, revision incarnation);

  /// Keeps a job that was taken until `unpark` of its incarnation.
  void park(task_slot task, const waiting_job& what);

  /// The earliest parked job of an incarnation, if there is one, becomes ready again.
  void unpark(revision incarnation);

  /// Only slots below have ready jobs.
  [[nodiscard]] task_slot slots() const noexcept { return static_cast<task_slot>(ready_.size()); }

  /// When the next job's `not_before` comes, perhaps of a cancelled one. Nothing: no job waits for its time.
  [[nodiscard]] std::optional<timestamp> next_not_before() const noexcept;

  [[nodiscard]] std::uint32_t waiting(revision incarnation) const noexcept;
  [[nodiscard]] std::uint64_t waiting() const noexcept { return waiting_; }

private:
  struct slotted {
    waiting_job what;
    task_slot task;
  };

  void push_ready(task_slot task, const waiting_job& what);
  void count(revision incarnation);
  void uncount(revision incarnation);
  template <class Predicate>
  void erase_entries(Predicate is_stale);
  void forget_cancelled(const job_id& id);

  // Heaps with the earliest first.
  std::vector<std::vector<waiting_job>> ready_; // by slot
  std::vector<slotted> delayed_;
  std::unordered_map<revision, std::vector<slotted>> parked_;
  std::unordered_map<revision, std::uint32_t> counts_;
  std::unordered_set<job_id> cancelled_; // whose entries are still somewhere above
  std::uint64_t waiting_ = 0;
};

} // namespace carillon::keyed
