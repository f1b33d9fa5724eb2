#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace carillon::keyed {

/// The place of a task in the tables of a running store, or of those of its jobs that name a runner or have a priority: 0, 1 ...
using task_slot = std::uint32_t;

/// What limits how many jobs run at once beside their task (decision 12): a schedule, a user's key (see limit_keys), or a key's
/// rate (see rate_table).
using gate = std::uint64_t;
[[nodiscard]] constexpr gate gate_of_schedule(revision incarnation) noexcept { return incarnation; }
[[nodiscard]] constexpr gate gate_of_key(std::uint32_t key) noexcept { return gate{1} << 63U | key; }
[[nodiscard]] constexpr gate gate_of_rate(std::uint32_t rate) noexcept { return gate{1} << 62U | rate; }

/// A job that waits, as far as the order of handing out needs it.
struct waiting_job {
  timestamp not_before{};
  job_id id;
  revision incarnation : 63 = 0;  ///< of its schedule; 0: a direct job
  revision one_at_a_time : 1 = 0; ///< not while another job of the incarnation runs
  std::uint32_t key = 0;          ///< 0: it has none
  std::uint32_t maximum = 0;      ///< not while so many jobs of the key run
  std::uint32_t rate = 0;         ///< 0: it has none

  /// Eight bytes of an id as a number: they are in the order of the ids.
  [[nodiscard]] static std::uint64_t half(const job_id& of, std::size_t from) noexcept {
    std::uint64_t number = 0;
    std::memcpy(&number, of.bytes().data() + from, sizeof number);
    return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
  }

  /// The order of handing out.
  [[nodiscard]] bool is_before(const waiting_job& other) const noexcept {
    if (not_before != other.not_before)
      return not_before < other.not_before;
    const auto high = half(id, 0), others_high = half(other.id, 0); // many are due together: this is asked often
    return high != others_high ? high < others_high : half(id, 8) < half(other.id, 8);
  }
};

/// Which pending job is next: for each task those whose `not_before` has come, earliest first, ties by id; those that must
/// wait for their time; and those that are parked until a gate has room for them.
///
/// In memory only, about 50 bytes a job. One thread.
///
/// Jobs of one slot that pass the same gates with the same maximum are of one *kind*: either all of them are held back or
/// none. Of a kind that is parked at a gate as many try as the gate has room for: one more with each job that ends under the
/// gate, and another one in the place of each that was ready and doesn't run. It is the caller who keeps that up: when a job
/// that ran under a gate has ended it calls `unpark`, and when one that was ready has ended or is parked at its other
/// gate instead, `unpark_like`. A rate has room for one more with each attempt that began so long ago that it counts no more. One that is parked at a key needs no other of its schedule in its place: they have the same key.
class ready_queue {
public:
  /// Adds a job that isn't there. `now` decides whether its time has come. `since`: which instant its wait was counted
  /// from; in the future: by a clock that was wrong (`wait_again`).
  void add(task_slot task, const waiting_job& what, timestamp now, timestamp since = {});
  /// The same of a recorded job, at a start, when there is no `now` yet: `clock_set` follows.
  void load(task_slot task, const waiting_job& what, timestamp since);

  /// The clock was set to `now`: how long each job still waits is found anew, also of one whose time had come by the
  /// clock as it was; `since_of` looks up such a job's `since`. Cost: linear.
  void clock_set(timestamp now, const std::function<timestamp(const job_id&)>& since_of);

  /// Jobs whose `not_before` has come become ready.
  void advance(timestamp now);

  /// The slots that have a job that is ready, ascending. Valid until the next call that isn't const, but for `first`.
  [[nodiscard]] const std::vector<task_slot>& ready_slots();

  /// Another number each time a slot has come to `ready_slots`.
  [[nodiscard]] std::uint64_t occupations() const noexcept { return occupations_; }

  /// The first of `task` that is ready; null: none. Valid until the next call that isn't const.
  [[nodiscard]] const waiting_job* first(task_slot task);

  /// How many of `task` are ready, cancelled ones included.
  [[nodiscard]] std::size_t ready(task_slot task) const noexcept { return ready_[task].size(); }

  /// Takes `first(task)`, which exists, out.
  waiting_job take(task_slot task);

  /// Takes a job out wherever it is. Its entry stays behind until it comes up, or until more are stale than not.
  void cancel(const job_id& id, revision incarnation);

  /// Keeps a job that was taken until `where`, which is one of its gates, has room.
  void park(task_slot task, const waiting_job& what, gate where);

  /// `running` jobs run under a gate: the earliest of each kind that has room there now becomes ready again.
  void unpark(gate where, std::uint32_t running);
  /// The same for the kind of one job only.
  void unpark_like(task_slot task, const waiting_job& what, gate where, std::uint32_t running);

  /// Calls `visit(task_slot, const waiting_job&)` for each job, in no order.
  template <class Visitor>
  void for_each(Visitor&& visit) const;

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
  // The jobs of one kind that are parked at a gate: a heap.
  struct lane {
    task_slot task = 0;
    std::uint32_t key = 0;
    std::uint32_t maximum = 0;
    std::uint32_t rate = 0;
    std::vector<waiting_job> jobs{};

    [[nodiscard]] bool is_of(task_slot its_task, const waiting_job& what) const noexcept {
      return task == its_task && key == what.key && maximum == what.maximum && rate == what.rate;
    }
  };

  void push_ready(task_slot task, const waiting_job& what);
  template <class Predicate>
  void unpark_if(gate where, Predicate may_go);
  void let_go_first(lane& from);
  struct delayed : slotted {
    timestamp not_before; // as recorded
    timestamp since;
  };
  void count(revision incarnation);
  void uncount(revision incarnation);
  template <class Predicate>
  void erase_entries(Predicate is_stale);
  void forget_cancelled(const job_id& id);

  // Heaps with the earliest first.
  std::vector<std::vector<waiting_job>> ready_; // by slot
  std::vector<task_slot> occupied_;             // ascending: all slots with something in `ready_`, and perhaps others
  std::uint64_t occupations_ = 0;
  std::vector<delayed> delayed_;
  std::unordered_map<gate, std::vector<lane>> parked_; // no empty lane, and no gate without one
  std::unordered_map<revision, std::uint32_t> counts_;
  std::unordered_set<job_id> cancelled_; // whose entries are still somewhere above
  std::uint64_t waiting_ = 0;
};

template <class Visitor>
void ready_queue::for_each(Visitor&& visit) const {
  const auto see = [&](task_slot task, const waiting_job& what) {
    if (!cancelled_.contains(what.id))
      visit(task, what);
  };
  for (task_slot task = 0; task < slots(); ++task)
    for (const auto& what : ready_[task])
      see(task, what);
  for (const auto& x : delayed_)
    see(x.task, x.what);
  for (const auto& [where, lanes] : parked_)
    for (const auto& each : lanes)
      for (const auto& what : each.jobs)
        see(each.task, what);
}

} // namespace carillon::keyed
