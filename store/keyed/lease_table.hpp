#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"
#include "carillon/store/data_store.hpp"

#include "base/map_of_jobs.hpp"
#include "keyed/ready_queue.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace carillon::keyed {

/// A running attempt, as far as limits and leases need it.
struct running_attempt {
  revision token = 0;
  revision incarnation = 0; ///< of its schedule; 0: a direct job
  task_slot task = 0;       ///< the task's own, whatever runner the job names
  std::uint32_t key = 0;    ///< that limits it; 0: none
  std::uint32_t rate = 0;   ///< under which it began; 0: none
};

/// Who runs what until when. Leases are held and renewed by hand-out: all attempts of one hand-out have one token and one
/// end, so that a renewal costs a step for each hand-out and not a heap operation for each job. Counts of running jobs derive
/// from what is here (I5). In memory only; ends are instants of the boot clock. One thread.
class lease_table {
public:
  explicit lease_table(duration lease) : lease_(lease) {}

  /// A holder of another process of the executor that still has leases; null: none. Those of a lower process number must
  /// be freed before the new one gets any; a holder whose own number is lower has been replaced.
  [[nodiscard]] std::optional<lease_holder> other_process(const lease_holder& holder) const;

  /// The job isn't held by anybody. `boot` is now.
  void start(const job_id& id, const running_attempt& attempt, const lease_holder& holder, duration boot);

  /// The attempt has ended, or its lease is lost. `id` is held.
  void end(const job_id& id);

  [[nodiscard]] const running_attempt* find(const job_id& id) const noexcept;
  /// Of an attempt that is held.
  [[nodiscard]] const lease_holder& holder_of(revision token) const;

  /// Extends what `holder` holds and names. Gives what it holds but doesn't name, as far as it was handed out at or before
  /// `seen`: that is lost, and the caller ends it.
  [[nodiscard]] std::vector<job_id> renew(const lease_holder& holder, std::span<const attempt_id> named, revision seen,
                                          duration boot);

  /// How many of the holder's attempts were handed out after `seen`.
  [[nodiscard]] std::size_t held_after(const lease_holder& holder, revision seen) const;

  /// All that `holder` holds.
  [[nodiscard]] std::vector<job_id> held_by(const lease_holder& holder) const;

  /// How many attempts an executor holds, of all its processes.
  [[nodiscard]] std::uint32_t running_on(std::string_view executor) const;

  /// The jobs whose leases end at or before `boot`; the caller ends them. Cheap when there is none.
  [[nodiscard]] std::vector<job_id> expired(duration boot);

  /// After opening: every lease lasts one full lease from `boot` (decision 7).
  void restart_all(duration boot);

  /// When the next lease ends, or a little before: a renewed one is noticed late. Nothing: none is held.
  [[nodiscard]] std::optional<duration> next_end() const noexcept;

  [[nodiscard]] std::uint32_t running_under(gate where) const noexcept;
  [[nodiscard]] std::uint32_t running_of_task(task_slot task) const noexcept;
  /// The running jobs of an incarnation, in the order of their ids. Cost: the number of all running jobs.
  [[nodiscard]] std::vector<job_id> jobs_of_schedule(revision incarnation) const;
  [[nodiscard]] std::size_t size() const noexcept { return attempts_.size(); }

private:
  // One hand-out. Ended attempts stay in `jobs` until the last one ends: `attempts_` tells which still live.
  struct hand_out {
    lease_holder holder;
    duration end{};
    std::vector<job_id> jobs;
    std::size_t live = 0;
  };
  struct expiry {
    duration end;
    revision token;
  };

  [[nodiscard]] const std::vector<revision>& tokens_of(const lease_holder& holder) const;
  void count(gate where) { ++gate_counts_[where]; }
  void uncount(gate where);
  void schedule_expiry(duration end, revision token);
  [[nodiscard]] bool is_live(const job_id& id, revision token) const noexcept;

  duration lease_;
  map_of_jobs<running_attempt> attempts_;
  std::map<revision, hand_out> hand_outs_; // by token
  std::map<std::string, std::map<std::uint64_t, std::vector<revision>>, std::less<>>
      tokens_;                   // by executor, process: ascending
  std::vector<expiry> expiries_; // a heap, one entry a hand-out; the real end may be later
  std::vector<std::uint32_t> task_counts_;
  std::unordered_map<gate, std::uint32_t> gate_counts_;
};

} // namespace carillon::keyed
