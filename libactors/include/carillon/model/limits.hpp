#pragma once

#include "carillon/base/time.hpp"

#include <cstddef>
#include <cstdint>

#pragma GCC visibility push(default)
namespace carillon {

/// Limits on what comes from outside (decision 19) and on catching up. Above one, ec::limit_exceeded, if nothing
/// else is said.
struct limits {
  /// Of a job's arguments, of those of all its follow-ups together, and of a result: with a larger one the job ends as
  /// `error`.
  std::size_t argument_size_bytes = 1 << 20;
  /// Of what a task, a schedule or a job says itself, inherited entries not counted; of a stored trigger too.
  std::size_t metadata_size_bytes = 64 << 10;
  std::size_t output_size_bytes =
      64 << 10; ///< captured output: the first and the last half are kept, the rest is counted
  /// Of one batch: jobs that are added or handed out, schedules that are claimed, fire times that a backfill looks at.
  /// More in one call of node::add_jobs is refused; of anything else the rest comes with a later batch.
  std::size_t batch_items = 1'000;
  std::size_t batch_size_bytes = 4 << 20; ///< of the same, as size_bytes counts
  std::size_t page_items = 1'000;         ///< of one page of a list, and of each list in an explanation
  /// A fire time for which there is no room is skipped as queue_full; run_schedule and a backfill are refused. Also the
  /// highest max_catch_up.
  std::size_t waiting_jobs_per_schedule = 10'000;
  std::uint32_t max_lost_attempts = 3; ///< then a job is abandoned (decision 11)
  std::size_t dead_letters = 100'000;  ///< above it the oldest becomes history like any other finished job
};

} // namespace carillon
#pragma GCC visibility pop
