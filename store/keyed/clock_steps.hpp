#pragma once

#include "carillon/model/job.hpp"
#include "carillon/model/schedule.hpp"

#include <optional>
#include <string>

/// What a wall clock that was set means for what is recorded (ADR 2). Pure.
namespace carillon::keyed {

/// By how much the wall clock was set between two readings, ahead or (negative) back; none if it ran on, as far as can
/// be told: both clocks may be slewed, and aren't read at exactly one moment. A machine that slept is no step:
/// CLOCK_BOOTTIME goes on.
[[nodiscard]] std::optional<duration> find_clock_step(const clock_reading& before, const clock_reading& now);

/// How long the machine slept between two readings; none if it didn't.
[[nodiscard]] std::optional<duration> find_sleep(const clock_reading& before, const clock_reading& now);

/// `set ahead by 1h`.
[[nodiscard]] std::string describe_clock_step(duration step);

/// A machine without a battery may begin in 1970, until its clock is set: nothing is concluded from such a clock.
[[nodiscard]] bool is_plausible(timestamp now);

/// Whether a clock that was ahead of `now` has decided so much of the schedule's future that it would be silent for
/// longer than it is between `covered_to` and the fire time after it.
[[nodiscard]] bool is_silent_too_long(const schedule_state& state, timestamp now);

/// The latest clock reading that `not_before` may have been counted from.
[[nodiscard]] timestamp waits_since(const job& what);

/// When a job may start that was to wait from `since` until `not_before`: if `since` is still to come, the clock was
/// wrong, and only the length of the wait counts, from now on.
[[nodiscard]] timestamp wait_again(timestamp not_before, timestamp since, timestamp now);

} // namespace carillon::keyed
