#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/model/follow_up.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/model/retry.hpp"
#include "carillon/model/value.hpp"
#include "carillon/trigger/trigger.hpp"

#include <optional>
#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// What a user says of a schedule: task + trigger + policies.
struct schedule_definition {
  std::string id{};                                   ///< see check_id
  std::string task{};                                 ///< recorded when the schedule is added, else ec::unknown_task
  trigger_definition trigger;                         ///< each interval in it is 1 ms or longer
  value arguments{};                                  ///< of each of its jobs
  coalesce_policy coalesce = coalesce_policy::latest; ///< after a downtime or another delay
  overlap_policy overlap = overlap_policy::queue_one; ///< among the jobs of one incarnation
  std::optional<duration> misfire_grace_time{};       ///< >= 0; none: the task's
  std::optional<duration> time_limit{};               ///< of one attempt; none: the task's
  std::optional<duration> result_expiration{};        ///< none: the task's
  std::optional<retry_policy> retry{};                ///< none: the task's
  std::optional<concurrency_limit> limit{};           ///< beside the task's and the overlap policy
  std::optional<rate_limit> rate{};                   ///< of its jobs, beside the task's
  std::int32_t priority = 0;                          ///< of its jobs; see lowest_priority
  std::vector<follow_up> follow_ups{};                ///< of each of its jobs
  std::string runner{};                               ///< empty: the task's
  /// Each job waits 0 to this long after its fire time, by a function of its id, and never until the following one.
  duration max_jitter{};
  std::uint32_t max_catch_up = 100; ///< jobs that catching up makes at most
  bool paused = false;              ///< when added; later `schedule_state::paused` counts
  value::map metadata{};            ///< of each job, over the task's
  std::string unknown_fields{};     ///< fields of a newer version, kept as they are

  friend bool operator==(const schedule_definition&, const schedule_definition&) = default;
};

/// Where a schedule stands: small, and written at each fire.
struct schedule_state {
  revision incarnation = 0;        ///< the revision at which it was added
  revision definition_changed = 0; ///< the revision of its definition
  revision changed = 0;            ///< the revision of the last change of anything; what `commit_fire_plans` compares
  trigger_cursor cursor;           ///< after `next_fire_time` was given
  std::optional<timestamp> next_fire_time;  ///< none: finished
  std::optional<timestamp> last_fire_time;  ///< the latest one that made a job
  std::optional<timestamp> covered_to;      ///< every fire time up to here has its job or its skip (I1)
  std::optional<timestamp> trigger_since;   ///< fire times after it are the present trigger's; none: all are
  std::optional<timestamp> first_fire_time; ///< of the incarnation: earlier ones were never its to decide
  std::optional<timestamp> resume_from;     ///< set by a resume: earlier ones are skipped as `paused`
  bool paused = false;                      ///< nothing is decided until it is resumed
  std::string pause_reason;                 ///< why it paused itself; empty if a person did
  std::string unknown_fields;               ///< fields of a newer version, kept as they are

  friend bool operator==(const schedule_state&, const schedule_state&) = default;
};

/// What was said of it and takes more than a few bytes.
[[nodiscard]] inline std::size_t size_bytes(const schedule_definition& x) {
  return size_bytes(x.arguments) + size_bytes(x.metadata) + size_bytes(x.follow_ups);
}

/// A schedule as it is recorded.
struct schedule {
  schedule_definition definition; ///< changes when somebody replaces it
  schedule_state state;           ///< changes with each plan, and with all that is done to it

  friend bool operator==(const schedule&, const schedule&) = default;
};

/// A fire time, or a run of consecutive ones, that made no job, and why (I9).
struct skip {
  std::string schedule_id;                   ///< it may be gone by now: a skip stays as long as history is kept
  revision incarnation = 0;                  ///< of that schedule
  timestamp first{};                         ///< the earliest of them
  timestamp last{};                          ///< == first for a single one
  std::optional<std::uint64_t> count;        ///< of fire times in the range, where it was cheap to know
  skip_reason reason = skip_reason::misfire; ///< of all of them
  timestamp decided_at{};                    ///< by the store's clock

  friend bool operator==(const skip&, const skip&) = default;
};

} // namespace carillon
#pragma GCC visibility pop
