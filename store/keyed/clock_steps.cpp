#include "keyed/clock_steps.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

constexpr duration tolerance = std::chrono::seconds{1};
// The kernel slews by at most 500 parts in a million.
constexpr std::int64_t slew_divisor = 1'000;
constexpr timestamp oldest_plausible{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};

} // namespace

std::optional<duration> find_clock_step(const clock_reading& before, const clock_reading& now) {
  const auto passed = now.boot - before.boot;
  const auto step = now.wall - before.wall - passed;
  if (std::chrono::abs(step) <= tolerance + std::chrono::abs(passed) / slew_divisor)
    return std::nullopt;
  return step;
}

std::optional<duration> find_sleep(const clock_reading& before, const clock_reading& now) {
  const auto slept = now.asleep - before.asleep; // by clocks that aren't read at exactly one moment
  return slept > tolerance ? std::optional{slept} : std::nullopt;
}

std::string describe_clock_step(duration step) {
  const auto length = std::chrono::floor<std::chrono::milliseconds>(std::chrono::abs(step));
  return fmt::format("set {} by {}", step < duration{0} ? "back" : "ahead", to_text(length));
}

bool is_plausible(timestamp now) { return now >= oldest_plausible; }

bool is_silent_too_long(const schedule_state& state, timestamp now) {
  return is_plausible(now) && state.covered_to && state.next_fire_time && *state.covered_to > now &&
         *state.covered_to - now > *state.next_fire_time - *state.covered_to;
}

timestamp waits_since(const job& what) {
  if (what.failed_token != 0) // for a retry, since the failure
    return what.not_before - retry_delay(what.retry, what.id, what.failed_attempts);
  return std::max(what.created_at, what.started_at.value_or(what.created_at));
}

timestamp wait_again(timestamp not_before, timestamp since, timestamp now) {
  return since > now && is_plausible(now) ? now + std::max(not_before - since, duration{0}) : not_before;
}

} // namespace carillon::keyed
