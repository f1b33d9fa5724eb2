#pragma once

#include "carillon/store/data_store.hpp"

#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// What the check of a store's history found of one incarnation of a schedule.
struct schedule_history {
  std::string id;           ///< the schedule's
  revision incarnation = 0; ///< a schedule has an entry for each
  bool is_removed = false;  ///< or finished
  std::uint64_t eras = 0;   ///< triggers that it has had, one after the other
  std::uint64_t fire_times =
      0;                  ///< of its triggers that were compared; those within a range of skips where they were counted
  std::uint64_t jobs = 0; ///< recorded ones, without extra runs
  std::uint64_t skips = 0;   ///< recorded ones, or ranges of them
  std::uint64_t missing = 0; ///< fire times with neither
  std::uint64_t extra = 0;   ///< jobs and skips that no trigger gives, or of a fire time that has another one
  std::string first_fault;   ///< empty: none
  std::string note;          ///< what couldn't be compared, and why; empty: everything was
};

/// The findings of `data_store::check`, and of each schedule.
struct history_report {
  check_report found;      ///< with the faults of all schedules, 1,000 at most
  timestamp as_of{};       ///< what is read is the state of the store at this time, or later
  timestamp whole_since{}; ///< fire times before it aren't compared: what was decided then may have expired
  std::vector<schedule_history> schedules; ///< by id and incarnation
};

/// Checks the history of the RocksDB store in `folder`: each fire time that a schedule's triggers gave has exactly one job or one
/// skip, and no others have. Also of schedules that were replaced or removed, by their kept definitions.
///
/// Writes nothing and takes no lock: it works beside a node that holds the folder, on a state that the store had at one moment.
/// `now`: the time; `tell`: may be empty. Any thread. Errors: ec::not_found (no store there), ec::store_version, ec::store_corrupt, ec::store_io,
/// ec::permission_denied, ec::unavailable (its files change all the time).
[[nodiscard]] result<history_report> verify_rocksdb_store(const std::string& folder, timestamp now,
                                                          const progress_listener& tell = {});

} // namespace carillon
#pragma GCC visibility pop
