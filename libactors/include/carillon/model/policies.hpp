#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

// Every enumeration here is stored and sent by its number: never renumber, only append. `to_string` gives the enumerator's
// name, `parse_...` reads it.

/// What becomes of several fire times that are due at once.
enum class coalesce_policy : std::uint8_t { latest = 0, earliest = 1, all = 2 };

/// What becomes of a fire time while an earlier job of the same schedule waits or runs (decision 12).
enum class overlap_policy : std::uint8_t { queue_one = 0, queue_all = 1, skip = 2, cancel_running = 3, allow = 4 };

/// Adding something whose id is taken by something with other content.
enum class conflict_policy : std::uint8_t { fail = 0, replace = 1, do_nothing = 2 };

/// What becomes of a job whose worker was lost (decision 11).
enum class loss_policy : std::uint8_t { run_again = 0, abandon = 1 };

/// When a caller is told that something is done (invariant I2).
enum class durability : std::uint8_t { sync = 0, async = 1, none = 2 };

/// After which ends of a job a follow-up is added.
enum class follow_up_trigger : std::uint8_t { success = 0, failure = 1, end = 2 };

/// For which fire times a backfill adds a job: those without a job of their own; also those whose own job has finished without
/// success; all.
enum class backfill_selection : std::uint8_t { missing = 0, failed = 1, all = 2 };

/// Of two jobs that are ready the one with the higher priority begins first.
inline constexpr std::int32_t lowest_priority = -100;
inline constexpr std::int32_t highest_priority = 100;

/// How the time between the attempts of a job grows.
enum class backoff_kind : std::uint8_t { exponential = 0, fixed = 1, linear = 2 };

enum class job_state : std::uint8_t { pending = 0, running = 1, finished = 2 };

enum class job_outcome : std::uint8_t {
  none = 0, ///< not finished
  success = 1,
  error = 2,
  timed_out = 3,
  crashed = 4,
  cancelled = 5,
  missed_start_deadline = 6,
  abandoned = 7,
  deserialization_failed = 8,
};

enum class skip_reason : std::uint8_t {
  coalesced = 0,
  misfire = 1,
  overlap = 2,
  catch_up_limit = 3,
  clock_step = 4,
  paused = 5,
  queue_full = 6,
};

[[nodiscard]] std::string_view to_string(coalesce_policy x) noexcept;
[[nodiscard]] std::string_view to_string(overlap_policy x) noexcept;
[[nodiscard]] std::string_view to_string(conflict_policy x) noexcept;
[[nodiscard]] std::string_view to_string(loss_policy x) noexcept;
[[nodiscard]] std::string_view to_string(durability x) noexcept;
[[nodiscard]] std::string_view to_string(follow_up_trigger x) noexcept;
[[nodiscard]] std::string_view to_string(backfill_selection x) noexcept;
[[nodiscard]] std::string_view to_string(backoff_kind x) noexcept;
[[nodiscard]] std::string_view to_string(job_state x) noexcept;
[[nodiscard]] std::string_view to_string(job_outcome x) noexcept;
[[nodiscard]] std::string_view to_string(skip_reason x) noexcept;

/// Reads an enumerator's name: `parse_enum<overlap_policy>("queue_one")`. Nothing for an unknown one.
template <class Enum>
[[nodiscard]] std::optional<Enum> parse_enum(std::string_view name) noexcept;

} // namespace carillon
