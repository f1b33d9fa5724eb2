#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/model/follow_up.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/model/retry.hpp"
#include "carillon/model/value.hpp"

#include <memory>
#include <optional>
#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// The recorded right to run a job. Its end isn't recorded: it is renewed in memory, and starts anew when a store opens.
struct lease {
  std::string executor;      ///< the name of its node
  std::uint64_t process = 0; ///< the executor's process incarnation
  revision token = 0;        ///< the fencing token

  friend bool operator==(const lease&, const lease&) = default;
};

/// Of the jobs with this key one is added within the window: whoever adds another one gets that one instead.
struct unique_key {
  std::string key{}; ///< see check_id; of all tasks together
  /// Since it was added, > 0 and no longer than history is kept; none: until it is finished.
  std::optional<duration> window{};

  friend bool operator==(const unique_key&, const unique_key&) = default;
};

/// One planned run, from its adding to the end of its history.
struct job {
  /// Made from what it is for (a fire time, a follow-up, a backfill: a UUID of version 8), else chosen by whoever adds
  /// it.
  job_id id;
  std::string task;                             ///< recorded when the job is added, else ec::unknown_task
  value arguments;                              ///< what the task's code is called with
  std::string schedule_id;                      ///< empty: a direct job
  revision incarnation = 0;                     ///< of the schedule
  std::optional<timestamp> scheduled_fire_time; ///< nominal, without jitter
  timestamp created_at{};                       ///< when it was added, by the store's clock
  timestamp not_before{};                       ///< of the next attempt
  std::optional<timestamp> start_deadline; ///< of its first attempt: handed out later it ends as missed_start_deadline
  std::optional<duration> time_limit;      ///< of one attempt
  /// How long after the end the result can be read; 0 in a job that is added: as its task says.
  duration result_expiration = std::chrono::hours{24 * 7};
  overlap_policy overlap = overlap_policy::allow; ///< of its schedule; other than `allow`: one at a time runs
  retry_policy retry;                             ///< its own: what its task says later changes nothing
  std::optional<concurrency_limit> limit;         ///< beside its task's and its overlap policy; none: it has no key
  std::optional<rate_limit> rate;                 ///< beside its task's; none: it has no key
  std::int32_t priority = 0;                      ///< see lowest_priority
  std::optional<unique_key> unique;               ///< none: there may be any number like it
  std::vector<follow_up> follow_ups;              ///< those that fit its outcome are added in the commit of its end
  std::optional<predecessor> follows;             ///< the job that it is a follow-up of
  std::string runner;                             ///< empty: the task's
  std::optional<job_id> rerun_of;                 ///< the finished job that this one was made of
  value::map metadata; ///< by top-level key: what it says itself, else its schedule, else its task

  job_state state = job_state::pending; ///< pending also while it waits for another attempt
  std::uint32_t attempt = 0;            ///< hand-outs so far
  std::uint32_t lost_attempts = 0;      ///< that their executor lost, or that were lost with it; see loss_policy
  std::uint32_t failed_attempts = 0;    ///< that ended in an outcome which is tried again
  revision failed_token = 0;            ///< of the newest attempt that another one followed or will follow; 0: none
  std::optional<timestamp> first_not_before; ///< set when a retry moves `not_before`: as it was before the first one
  bool cancel_requested = false;             ///< it was asked to stop while it ran; stays so, however that ended
  std::optional<lease> held_by;              ///< while running; when finished, that of the attempt that ended it
  std::optional<timestamp> started_at;       ///< of the newest attempt

  job_outcome outcome = job_outcome::none; ///< none as long as it isn't finished
  std::optional<timestamp> finished_at;    ///< by the store's clock
  value result;                            ///< of the attempt that ended it; null: it gave none, or that has expired
  std::string
      error_text; ///< why it didn't succeed, for a person; of one that is tried again: why the last attempt didn't
  bool dead_letter = false; ///< its attempts are spent: it is kept until it is dropped or run again

  revision changed = 0;       ///< of its last change
  std::string unknown_fields; ///< fields of a newer version, kept as they are

  friend bool operator==(const job&, const job&) = default;
};

/// A job that was handed out, as it was then.
struct handed_job {
  std::shared_ptr<const job> what; ///< never null; shared, as a job is large. Its `runner` may be empty
  std::string runner;              ///< what is to run it: the job's, else its task's
};

/// What was said of it and takes more than a few bytes.
[[nodiscard]] inline std::size_t size_bytes(const job& x) {
  return size_bytes(x.arguments) + size_bytes(x.metadata) + size_bytes(x.follow_ups) +
         (x.follows ? size_bytes(x.follows->result) : 0);
}

} // namespace carillon
#pragma GCC visibility pop
