#pragma once

#include "carillon/base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// Lengths of time: whole microseconds.
using duration = std::chrono::microseconds;

/// An instant on the UTC time line, in microseconds since 1970 (no leap seconds), as the system clock counts.
using timestamp = std::chrono::time_point<std::chrono::system_clock, duration>;

/// Both clocks of one node, read at one moment. `wall` decides what is due; `boot` (since boot, suspended time included;
/// it never steps) decides when a lease ends.
struct clock_reading {
  timestamp wall{};  ///< somebody may set it, forwards or backwards
  duration boot{};   ///< of no use on another machine, or after its next boot
  duration asleep{}; ///< how much of `boot` the machine was suspended
};

/// Where time comes from. Real nodes read the machine's clocks, the test world its virtual ones. Any thread.
class clock {
public:
  virtual ~clock() = default;
  [[nodiscard]] virtual clock_reading now() const = 0; ///< both clocks at one moment
};

/// The machine's clocks: CLOCK_REALTIME, CLOCK_BOOTTIME, and by how much CLOCK_MONOTONIC lags behind it.
[[nodiscard]] const clock& system_clock() noexcept;

/// `2026-03-29T01:00:00.000000Z`: ISO 8601, UTC, always six digits of a second.
[[nodiscard]] std::string to_iso8601(timestamp when);

/// Reads `YYYY-MM-DDThh:mm[:ss[.ffffff]]` (a space is taken for the `T`) followed by `Z` or `±hh[:mm]`.
/// Errors: ec::invalid_argument, also when the offset is missing, as then it isn't an instant.
[[nodiscard]] result<timestamp> parse_iso8601(std::string_view text);

/// A length of time as people write it: `500ms`, `5s`, `1.5h`, `2d`, `1w`, `1h30m`; units us, ms, s, m, h, d, w.
/// Errors: ec::invalid_argument (with the position), also when it exceeds 10,000 years.
[[nodiscard]] result<duration> parse_duration(std::string_view text);

/// The shortest text that `parse_duration` reads back as the same length: `1h30m`, `5s`, `0s`.
[[nodiscard]] std::string to_text(duration length);

} // namespace carillon
#pragma GCC visibility pop
