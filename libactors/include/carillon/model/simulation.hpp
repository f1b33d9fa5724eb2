#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/model/schedule.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// Something that somebody does to a schedule during a simulation.
struct simulated_change {
  /// As pause_schedule does it, or resume_schedule: what lies before the resume is skipped as paused.
  enum class action : std::uint8_t { pause = 0, resume = 1 };

  timestamp at{};              ///< before the simulation's `from`: at that; at its `to` or later: never
  action what = action::pause; ///< is done
  std::string schedule_id{}; ///< there at first, else ec::invalid_argument; if it has finished by then nothing is done
};

/// From `from` (included) to `to` (excluded).
struct time_span {
  timestamp from{}; ///< its first instant
  timestamp to{};   ///< the first one after it
};

/// What a stretch of virtual time is run with.
struct simulation_settings {
  timestamp from{}; ///< the node starts, and so does a trigger that counts from its adding
  timestamp to{};   ///< > from; what would be decided then or later isn't
  /// How long each attempt runs, which then succeeds; one that reaches its time limit is timed out. `assumed_for` goes by the id
  /// of a schedule, else by the name of a task; `assumed` is for all others.
  duration assumed{};
  std::map<std::string, duration> assumed_for{}; ///< see above
  std::size_t slots = 0;                         ///< jobs at once on all workers together; 0: any number
  std::vector<simulated_change> changes{};       ///< in any order
  std::vector<time_span> no_scheduler{}; ///< no scheduler works: fire times are decided, late, at the end of each
  std::string local_zone = "UTC";        ///< of schedules whose trigger names no zone
};

/// What became of a fire time, or of several that were skipped for one reason; or that a schedule has come to its end.
struct simulated_decision {
  /// A job was added; fire times made none; a schedule has no further fire time; one paused itself as its trigger
  /// failed.
  enum class kind : std::uint8_t { job = 0, skip = 1, schedule_finished = 2, schedule_paused = 3 };

  kind what = kind::job;               ///< which of the others have a meaning
  timestamp decided_at{};              ///< of a job that the store had at first: when it was added
  std::string schedule_id;             ///< empty: a job that the store had, of no schedule
  std::string task;                    ///< of a job
  timestamp first{};                   ///< the fire time; of a job without one: its `not_before`
  timestamp last{};                    ///< == first for a single one
  std::optional<std::uint64_t> count;  ///< of fire times, where it is known
  std::chrono::seconds utc_offset{};   ///< of the schedule's zone at `first`: local time minus UTC
  std::optional<skip_reason> reason;   ///< of a skip
  std::optional<job_id> job;           ///< of a job
  timestamp not_before{};              ///< of a job: with its jitter
  std::optional<timestamp> started_at; ///< its first attempt; none: it still waited at the end, or ended without one
  std::optional<timestamp> ended_at;   ///< none: it still waited or ran
  std::uint32_t attempts = 0;          ///< of a job: begun, those before the simulation included
  job_outcome outcome = job_outcome::none; ///< of a job that has ended
  std::string text;                        ///< why a schedule paused itself, or a job didn't succeed
};

/// A simulation that is over.
struct simulation_report {
  std::uint64_t decisions = 0;                ///< told
  timestamp reached{};                        ///< `to`, or where it was stopped
  bool was_stopped = false;                   ///< by the callback
  std::vector<schedule_definition> schedules; ///< that there were at `from`, by id
};

/// Gets each decision, in the order in which they are made; a job when it has ended, so one that runs long holds those after it
/// back. At most 100,000 are held; then the first goes out as it is. False stops the simulation. Must not throw.
using simulation_callback = std::function<bool(const simulated_decision&)>;

/// The enumerator's name; `unknown` for a number that has none.
[[nodiscard]] std::string_view to_string(simulated_decision::kind x) noexcept;

} // namespace carillon
#pragma GCC visibility pop
