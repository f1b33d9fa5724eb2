#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/result.hpp"
#include "carillon/model/policies.hpp"

#include <cstdint>
#include <optional>
#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// Jobs of a schedule for fire times that lie behind: of a time before it was added, or when it didn't run or failed.
struct backfill {
  job_id id{};               ///< names it: asked for again under the same id, no job is added twice
  std::string schedule_id{}; ///< of one that is there; the jobs have its present settings
  timestamp from{};          ///< may lie before its first fire time
  timestamp to{};            ///< later than `from`, and not in the future; fire times of [from, to) are looked at
  backfill_selection which = backfill_selection::missing; ///< which of those fire times get a job
  /// `allow`: they run beside the jobs of the schedule and are none of those for its own overlap policy. `queue_all`:
  /// they wait in line with them, one at a time; for a schedule with `queue_all` or `allow`.
  overlap_policy overlap = overlap_policy::allow;
  std::uint32_t max_running_jobs = 1;     ///< >= 1; of this backfill, instead of the schedule's limit
  std::optional<std::int32_t> priority{}; ///< none: the schedule's

  friend bool operator==(const backfill&, const backfill&) = default;
};

/// How far a backfill has come: so many fire times are looked at in one request.
struct backfill_progress {
  job_id id;                     ///< of the backfill: what the next request needs too
  std::uint64_t added = 0;       ///< jobs that are there by this request, or by the same one before
  std::uint64_t left_out = 0;    ///< fire times that need none, as `which` says
  std::optional<timestamp> next; ///< to go on from, as the `from` of the next request; none: that was all

  friend bool operator==(const backfill_progress&, const backfill_progress&) = default;
};

/// Errors: ec::invalid_argument, naming the field. `now`: what is later lies in the future.
[[nodiscard]] result<void> check_backfill(const backfill& what, timestamp now);

} // namespace carillon
#pragma GCC visibility pop
