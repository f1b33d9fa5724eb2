#include "trigger/day_pattern.hpp"

#include <bit>

namespace carillon {
namespace {

constexpr unsigned sunday = 0;
constexpr unsigned saturday = 6;

constexpr day_bits day_bit(unsigned day) { return day_bits{1} << day; }

/// Days `first` to `last`.
constexpr day_bits day_range(unsigned first, unsigned last) {
  return (every_day << (first - 1)) & (0xFFFFFFFFu >> (31 - last));
}

day_bits days_of_weekdays(weekday_bits weekdays, month_shape month) {
  constexpr day_bits every_seventh = 1u << 1 | 1u << 8 | 1u << 15 | 1u << 22 | 1u << 29;
  // The week turned so that its bit 0 is the weekday of day 1.
  const unsigned turned = (weekdays >> month.first_weekday | weekdays << (7 - month.first_weekday)) & every_weekday;
  return turned * every_seventh; // the copies don't touch, and what exceeds day 31 falls off
}

unsigned weekday_of(unsigned day, month_shape month) { return (month.first_weekday + day - 1) % 7; }

/// The Monday to Friday nearest to `day` within the month.
unsigned nearest_workday(unsigned day, month_shape month) {
  switch (weekday_of(day, month)) {
    case saturday: return day > 1 ? day - 1 : day + 2;
    case sunday: return day < month.length ? day + 1 : day - 2;
    default: return day;
  }
}

unsigned last_workday_of(month_shape month) {
  switch (weekday_of(month.length, month)) {
    case saturday: return month.length - 1;
    case sunday: return month.length - 2;
    default: return month.length;
  }
}

} // namespace

day_bits day_pattern::days_in(month_shape month) const noexcept {
  auto result = days;
  if (weekdays != 0)
    result |= days_of_weekdays(weekdays, month);
  return (result | special_days_in(month)) & day_range(1, month.length);
}

bool day_pattern::looks_at_weekdays() const noexcept {
  const auto any_nth = nth_weekdays[0] | nth_weekdays[1] | nth_weekdays[2] | nth_weekdays[3] | nth_weekdays[4];
  return (weekdays != 0 && weekdays != every_weekday) || (any_nth | last_weekdays) != 0 || nearest_workdays != 0 ||
         last_workday;
}

bool day_pattern::is_in_every_month() const noexcept {
  constexpr auto days_of_any_month = day_range(1, 28);
  constexpr auto distances_in_any_month = days_of_any_month >> 1;
  const auto first_four = nth_weekdays[0] | nth_weekdays[1] | nth_weekdays[2] | nth_weekdays[3];
  return ((days | nearest_workdays) & days_of_any_month) != 0 || (days_before_last & distances_in_any_month) != 0 ||
         (weekdays | first_four | last_weekdays) != 0 || last_workday;
}

day_bits day_pattern::special_days_in(month_shape month) const noexcept {
  day_bits result = 0;
  for (unsigned i = 0; i < nth_weekdays.size(); ++i)
    if (nth_weekdays[i] != 0)
      result |= days_of_weekdays(nth_weekdays[i], month) & day_range(7 * i + 1, i < 4 ? 7 * i + 7 : 31);
  if (last_weekdays != 0)
    result |= days_of_weekdays(last_weekdays, month) & day_range(month.length - 6, month.length);
  for (auto rest = days_before_last; rest != 0; rest &= rest - 1) {
    const auto before = static_cast<unsigned>(std::countr_zero(rest));
    if (before < month.length)
      result |= day_bit(month.length - before);
  }
  for (auto rest = nearest_workdays; rest != 0; rest &= rest - 1) {
    const auto day = static_cast<unsigned>(std::countr_zero(rest));
    if (day <= month.length)
      result |= day_bit(nearest_workday(day, month));
  }
  if (last_workday)
    result |= day_bit(last_workday_of(month));
  return result;
}

} // namespace carillon
