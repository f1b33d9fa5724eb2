#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

// Every enumeration here is stored and sent by its number: never renumber, only append. `to_string` gives the enumerator's
// name, `parse_...` reads it.

/// What becomes of several fire times that are due at once: `latest` makes a job of the newest, `earliest` of the
/// oldest, and the others are skipped as coalesced; `all` makes one of each, but of no more than the newest
/// `max_catch_up`.
enum class coalesce_policy : std::uint8_t { latest = 0, earliest = 1, all = 2 };

/// What becomes of a fire time while an earlier job of the same schedule waits or runs (decision 12). With `allow` any
/// number runs at once, else one. `queue_one` lets one more wait, `queue_all` and `allow` as many as
/// limits::waiting_jobs_per_schedule says, `skip` none, `cancel_running` one, for which the one that runs is asked to
/// stop.
enum class overlap_policy : std::uint8_t { queue_one = 0, queue_all = 1, skip = 2, cancel_running = 3, allow = 4 };

/// Adding something whose id is taken by something with other content: `fail` with ec::conflict, `replace` that, or
/// `do_nothing` and get that.
enum class conflict_policy : std::uint8_t { fail = 0, replace = 1, do_nothing = 2 };

/// What becomes of a job whose worker was lost (decision 11): it runs again until it was lost limits::max_lost_attempts times, or it
/// ends as abandoned at the first loss, and also if its attempt is handed back, even one that hadn't begun: none follows another.
enum class loss_policy : std::uint8_t { run_again = 0, abandon = 1 };

/// When a caller is told that something is done (invariant I2): `sync` when it is on disk; `async` when the operating
/// system has it, and at most 50 ms later it is on disk; `none` when it is in memory.
enum class durability : std::uint8_t { sync = 0, async = 1, none = 2 };

/// After which ends of a job a follow-up is added: a success; any other outcome but a cancellation; any.
enum class follow_up_trigger : std::uint8_t { success = 0, failure = 1, end = 2 };

/// For which fire times a backfill adds a job: those without a job of their own; also those whose own job has finished without
/// success; all.
enum class backfill_selection : std::uint8_t { missing = 0, failed = 1, all = 2 };

/// Of two jobs that are ready the one with the higher priority begins first, 0 being the usual one. But one hand-out in
/// eight goes to the earliest job, whatever its priority.
inline constexpr std::int32_t lowest_priority = -100;
/// Above it, and below the lowest, ec::invalid_argument.
inline constexpr std::int32_t highest_priority = 100;

/// How the time between the attempts of a job grows: the n-th delay is the first one doubled n - 1 times, always the
/// first one, or n times the first one.
enum class backoff_kind : std::uint8_t { exponential = 0, fixed = 1, linear = 2 };

/// Where a job stands: it waits for its time, a worker, its turn or another attempt; an executor holds its lease; it
/// has its outcome.
enum class job_state : std::uint8_t { pending = 0, running = 1, finished = 2 };

/// How a job ended.
enum class job_outcome : std::uint8_t {
  none = 0,    ///< not finished
  success = 1, ///< its code says so, even if it was asked to stop
  error = 2,   ///< its code failed or threw, or it couldn't be run as asked; a command: exited with another code than 0
  timed_out = 3,             ///< an attempt took longer than its time limit
  crashed = 4,               ///< its process ended by a signal, or without having answered
  cancelled = 5,             ///< before it ran, or it was asked to stop
  missed_start_deadline = 6, ///< no worker took it in time: it never began
  abandoned = 7, ///< lost with its worker, or handed back, as often as loss_policy and limits::max_lost_attempts allow
  deserialization_failed = 8, ///< its arguments don't fit its code
};
/// Whether code or its runner can end an attempt so; the others are for the store to say.
[[nodiscard]] constexpr bool is_attempts_own(job_outcome x) noexcept {
  return x != job_outcome::none && x != job_outcome::missed_start_deadline && x != job_outcome::abandoned &&
         x <= job_outcome::deserialization_failed;
}

/// Why a fire time made no job.
enum class skip_reason : std::uint8_t {
  coalesced = 0,      ///< another one, due at once with it, made one
  misfire = 1,        ///< it was older than the misfire grace time
  overlap = 2,        ///< the overlap policy left no room beside the jobs before it
  catch_up_limit = 3, ///< with coalesce_policy::all: it wasn't among the newest `max_catch_up`
  clock_step = 4,     ///< not in use (docs/adr/0002)
  paused = 5,         ///< it lay before the time from which its schedule was resumed
  queue_full = 6,     ///< limits::waiting_jobs_per_schedule of its schedule waited
};

/// @name The enumerator's name; "unknown" for a number that has none, such as one of a newer version.
/// @{
[[nodiscard]] std::string_view to_string(coalesce_policy x) noexcept;    ///< `latest` ...
[[nodiscard]] std::string_view to_string(overlap_policy x) noexcept;     ///< `queue_one` ...
[[nodiscard]] std::string_view to_string(conflict_policy x) noexcept;    ///< `fail` ...
[[nodiscard]] std::string_view to_string(loss_policy x) noexcept;        ///< `run_again` ...
[[nodiscard]] std::string_view to_string(durability x) noexcept;         ///< `sync` ...
[[nodiscard]] std::string_view to_string(follow_up_trigger x) noexcept;  ///< `success` ...
[[nodiscard]] std::string_view to_string(backfill_selection x) noexcept; ///< `missing` ...
[[nodiscard]] std::string_view to_string(backoff_kind x) noexcept;       ///< `exponential` ...
[[nodiscard]] std::string_view to_string(job_state x) noexcept;          ///< `pending` ...
[[nodiscard]] std::string_view to_string(job_outcome x) noexcept;        ///< `none` ...
[[nodiscard]] std::string_view to_string(skip_reason x) noexcept;        ///< `coalesced` ...
/// @}

/// Reads an enumerator's name: `parse_enum<overlap_policy>("queue_one")`. Nothing for an unknown one. For the
/// enumerations of this header.
template <class Enum>
[[nodiscard, gnu::visibility("default")]] std::optional<Enum> parse_enum(std::string_view name) noexcept;

} // namespace carillon
#pragma GCC visibility pop
