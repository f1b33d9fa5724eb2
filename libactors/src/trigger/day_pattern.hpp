#pragma once

#include <array>
#include <cstdint>

namespace carillon {

/// A set of the days of a month: bit n stands for day n, 1 to 31.
using day_bits = std::uint32_t;
inline constexpr unsigned last_day = 31; ///< of the longest month

/// A set of weekdays: bit 0 Sunday, bit 1 Monday, … bit 6 Saturday.
using weekday_bits = std::uint8_t;

inline constexpr day_bits every_day = 0xFFFFFFFE;
inline constexpr weekday_bits every_weekday = 0x7F;

/// What the days of a month depend on.
struct month_shape {
  unsigned length = 31;       ///< 28 to 31
  unsigned first_weekday = 0; ///< of day 1: 0 Sunday to 6 Saturday
};

/// Which days of a month one day field allows: those that satisfy any of the forms (trigger-semantics 5.4, 5.5, 12.4).
struct day_pattern {
  day_bits days = 0;
  weekday_bits weekdays = 0;
  std::array<weekday_bits, 5> nth_weekdays{}; ///< `2nd tue`, `tue#2`: at index 1
  weekday_bits last_weekdays = 0;             ///< `last tue`, `tueL`
  std::uint32_t days_before_last = 0;         ///< `last`, `L`: bit 0; `L-n`: bit n
  day_bits nearest_workdays = 0;              ///< `nW`: bit n
  bool last_workday = false;                  ///< `LW`

  /// The days of a month of that shape. Costs a few nanoseconds when only `days` or `weekdays` are used.
  [[nodiscard]] day_bits days_in(month_shape month) const noexcept;

  [[nodiscard]] bool is_every_day() const noexcept { return days == every_day || weekdays == every_weekday; }
  /// Whether months of one length have other days when they begin with another weekday.
  [[nodiscard]] bool looks_at_weekdays() const noexcept;
  /// Whether no month, short as it may be, is without such a day.
  [[nodiscard]] bool is_in_every_month() const noexcept;

private:
  [[nodiscard]] day_bits special_days_in(month_shape month) const noexcept;
};

} // namespace carillon
