#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/model/policies.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// Stored and sent by number: never renumber, only append.
enum class event_type : std::uint8_t {
  task_added = 1,
  task_updated = 2,
  task_removed = 3,
  schedule_added = 4,
  schedule_updated = 5, ///< replaced, or the trigger moved
  schedule_removed = 6,
  schedule_paused = 7,
  schedule_resumed = 8,
  schedule_finished = 9, ///< its trigger has no further fire time; it is removed
  fire_skipped = 10,
  job_added = 11,
  job_acquired = 12, ///< handed out: an attempt begins
  job_released = 13, ///< the attempt ended without an outcome: handed back or lost
  job_cancel_requested = 14,
  job_finished = 15,
  stale_finish_refused = 16,
  record_quarantined = 17,
  scheduler_started = 18,
  scheduler_stopped = 19,
  events_lost = 20,       ///< from `number` to `last_lost` are gone; read the state
  zone_data_changed = 21, ///< newer time-zone data are in use; each schedule that has another next fire time is updated
  job_retry_scheduled = 22, ///< an attempt failed with `outcome` and another one follows: the job is pending again
  dead_letter_added = 23,   ///< a job's attempts are spent
  dead_letter_removed = 24, ///< dropped, or run again
  clock_stepped = 25,       ///< the wall clock was set, or the machine slept; `text` says by how much
  job_deserialization_failed = 26, ///< the arguments don't fit the code; a job_finished follows
  follow_up_refused = 27,          ///< a follow-up of this job couldn't be added; `text` says which and why
  node_joined = 28,                ///< `executor` is the node's name, here and in the next ones
  node_left = 29,                  ///< it has stopped in order
  node_lost = 30,                  ///< its connection has ended without a word
  node_draining = 31,              ///< it gets no jobs any more
  node_drained = 32,               ///< and its last one has ended
  node_resumed = 33,               ///< it gets jobs again
  node_removed = 34,               ///< nothing is known of it any more
  zone_data_differs = 35,          ///< a node with other time-zone data than the store's has joined; `text` says which
};

/// Its name as above; `unknown` for one of a newer version.
[[nodiscard]] std::string_view to_string(event_type x) noexcept;
/// Nothing for an unknown name.
[[nodiscard]] std::optional<event_type> parse_event_type(std::string_view name) noexcept;

/// Something that is committed. Ordered by (number, index).
struct event {
  revision number = 0;       ///< of the transition
  std::uint32_t index = 0;   ///< within it
  event_type type{};         ///< what has happened; one of a newer version may have another number
  timestamp at{};            ///< the store's clock
  std::string task;          ///< of the task, schedule or job that it is about; else empty
  std::string schedule_id;   ///< of the schedule that it is about, or that made the job; empty: none
  std::optional<job_id> job; ///< none: it is about no job
  /// Of the job; the first of the range for fire_skipped; the next one of a schedule that is added, updated or resumed.
  std::optional<timestamp> scheduled_fire_time;
  std::optional<timestamp> last_fire_time; ///< fire_skipped: the last of the range
  /// Of the job; of the attempt for job_retry_scheduled and stale_finish_refused. `none`: it isn't finished.
  job_outcome outcome = job_outcome::none;
  std::optional<skip_reason> reason; ///< fire_skipped: why; else none
  std::uint32_t attempt = 0;         ///< hand-outs of the job so far; 0: none, or it is about no job
  /// Who holds the job, or held it until then (stale_finish_refused: not who was refused); without a job, the node that
  /// it is about. Empty: nobody.
  std::string executor;
  std::string text;       ///< for a person
  revision last_lost = 0; ///< events_lost: the last number of which something is gone; else 0

  friend bool operator==(const event&, const event&) = default;
};

/// What a subscriber wants: what fits all of it. `events_lost` comes in any case.
struct event_filter {
  std::vector<event_type> types{}; ///< any of these; empty: all
  std::string schedule_id{};       ///< empty: any
  std::string task{};              ///< empty: any

  /// Whether the event is wanted.
  [[nodiscard]] bool matches(const event& what) const;
};

} // namespace carillon
#pragma GCC visibility pop
