#pragma once

#include "carillon/model/job.hpp"
#include "carillon/model/schedule.hpp"

#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// What became of a fire time, or of a range of them: one job or one skip.
struct fire_decision {
  timestamp first{};                       ///< a fire time
  timestamp last{};                        ///< == first for a single one
  std::optional<std::uint64_t> count;      ///< of fire times in the range, where it is known
  std::optional<job_id> job;               ///< none: skipped, or there is no record of it
  job_state state = job_state::pending;    ///< of the job; without one it says nothing
  job_outcome outcome = job_outcome::none; ///< of the job; none: not finished
  std::optional<skip_reason> reason;       ///< none: not skipped
  std::string text;                        ///< why, for a person: one sentence
};

/// Why a schedule fired, or didn't, at each of its last fire times, and what comes next.
struct schedule_explanation {
  schedule what;                      ///< of one that is gone: its last settings, and as much of its state as is kept
  std::vector<fire_decision> decided; ///< the newest first
  timestamp whole_since{};            ///< what was decided earlier may have expired
  std::vector<timestamp> next;        ///< the coming fire times; none if it is paused or gone
  std::string text;                   ///< how it stands, for a person: one sentence
};

/// A job, and what it waits for.
struct job_explanation {
  job what;                ///< as it is recorded
  std::string waiting_for; ///< for a person; empty if it isn't pending
};

/// What a schedule would do if it were planned now, and then.
struct schedule_preview {
  std::vector<job> jobs;       ///< that it would add at once
  std::vector<skip> skips;     ///< that it would record at once
  std::vector<timestamp> next; ///< the fire times after those
  std::string pause_reason;    ///< not empty: it would pause itself
};

/// The settings that a schedule had until they were replaced, or it was removed. Kept as long as the history that they
/// made.
struct past_definition {
  revision incarnation = 0; ///< of the schedule that had them
  revision changed = 0;     ///< when these settings came into force
  std::optional<timestamp>
      trigger_since; ///< fire times after it and up to `covered_to` are this trigger's; none: from the first on
  std::optional<timestamp> covered_to; ///< none: it had decided nothing
  timestamp replaced_at{};             ///< or removed; by the store's clock
  schedule_definition what;            ///< the settings
};

} // namespace carillon
#pragma GCC visibility pop
