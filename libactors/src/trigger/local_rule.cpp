#include "trigger/local_rule.hpp"

#include "carillon/base/civil_time.hpp"

#include <array>
#include <bit>
#include <chrono>

namespace carillon {
namespace {

constexpr int first_year = 1970;
constexpr std::int64_t day_seconds = 86'400;
constexpr std::int64_t hour_seconds = 3'600;
constexpr std::int64_t minute_seconds = 60;

// std::chrono here, and not base/civil_time: this is the inner loop, and its arithmetic is inline.
constexpr std::int64_t day_number_of(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)}
      .time_since_epoch()
      .count();
}

constexpr std::int64_t last_day_number = day_number_of(max_year, 12, 31);

constexpr bool is_leap(int year) { return std::chrono::year{year}.is_leap(); }
constexpr std::int64_t year_length(int year) { return is_leap(year) ? 366 : 365; }

/// 0 Sunday to 6 Saturday, of a day not before 1970.
constexpr unsigned weekday_of(std::int64_t day_number) { return static_cast<unsigned>((day_number + 4) % 7); }

template <class Bits>
bool has_bit(Bits bits, unsigned index) {
  return (bits >> index & 1) != 0;
}

/// The lowest bit from `from` on; `none` if there isn't any.
constexpr unsigned none = 64;
unsigned next_bit(std::uint64_t bits, unsigned from) {
  const auto rest = from < none ? bits & ~std::uint64_t{0} << from : 0;
  return static_cast<unsigned>(std::countr_zero(rest));
}

/// The days of a month that lie in one of the ISO weeks.
day_bits days_of_weeks(std::uint64_t weeks, int year, std::int64_t first_day, unsigned length) {
  const auto new_year = day_number_of(year, 1, 1);
  day_bits result = 0;
  auto weekday = (first_day + 3) % 7; // 0 Monday
  for (unsigned day = 1; day <= length; day += static_cast<unsigned>(7 - weekday), weekday = 0) {
    auto thursday = first_day + day - 1 + 3 - weekday - new_year; // the week belongs to the year of its Thursday
    if (thursday < 0)
      thursday += year_length(year - 1);
    else if (thursday >= year_length(year))
      thursday = 0;
    if (has_bit(weeks, static_cast<unsigned>(thursday / 7 + 1)))
      result |= ((day_bits{1} << (7 - weekday)) - 1) << day;
  }
  return result;
}

} // namespace

struct local_rule::month_place {
  month_place(int of_year, unsigned number) : year(of_year), first_day(day_number_of(of_year, number, 1)) {
    constexpr std::array<std::uint8_t, 13> lengths{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    shape = {number == 2 && is_leap(of_year) ? 29u : lengths[number], weekday_of(first_day)};
  }

  int year;
  std::int64_t first_day;
  month_shape shape;
};

local_rule::local_rule(const local_fields& fields)
  : weeks_(fields.weeks), minutes_(fields.minutes), seconds_(fields.seconds), day_(fields.day),
    weekday_(fields.weekday), months_(fields.months), hours_(fields.hours),
    first_time_of_day_(next_bit(hours_, 0) * hour_seconds + next_bit(minutes_, 0) * minute_seconds +
                       next_bit(seconds_, 0)),
    either_day_(fields.either_day) {
  find_years(fields.years);
}

void local_rule::find_years(const std::vector<stepped_range>& ranges) {
  constexpr std::size_t year_count = max_year - first_year + 1;
  years_.assign((year_count + 63) / 64, 0);
  // The days of a year depend on the weekday of its first day, on its length, and (for the week of that first day) on
  // the length of the year before: at most 28 different kinds of year are looked at.
  std::array<std::optional<bool>, 28> has_match;
  std::size_t found = 0;
  for (const auto& range : ranges) {
    if (found == year_count)
      break;
    for (auto value = range.first; value <= range.last; value += range.step) {
      const auto year = static_cast<int>(value);
      auto& known = has_match[weekday_of(day_number_of(year, 1, 1)) * 4 + is_leap(year) * 2u + is_leap(year - 1)];
      if (!known)
        known = has_match_in(year);
      if (!*known || (found != 0 && allows_year(year)))
        continue;
      const auto index = value - first_year;
      years_[index / 64] |= std::uint64_t{1} << index % 64;
      ++found;
    }
  }
  if (found == year_count)
    years_ = {};
}

bool local_rule::has_match_in(int year) const noexcept {
  for (auto rest = months_; rest != 0; rest &= rest - 1)
    if (days_in(month_place{year, static_cast<unsigned>(std::countr_zero(rest))}) != 0)
      return true;
  return false;
}

bool local_rule::allows_year(int year) const noexcept {
  const auto index = static_cast<std::size_t>(year - first_year);
  return years_.empty() || has_bit(years_[index / 64], static_cast<unsigned>(index % 64));
}

std::optional<int> local_rule::next_year(int from) const noexcept {
  if (from > max_year)
    return std::nullopt;
  if (years_.empty())
    return from;
  auto index = static_cast<std::size_t>(from - first_year);
  for (; index / 64 < years_.size(); index = (index / 64 + 1) * 64)
    if (const auto bit = next_bit(years_[index / 64], static_cast<unsigned>(index % 64)); bit != none)
      return first_year + static_cast<int>(index / 64 * 64 + bit);
  return std::nullopt;
}

day_bits local_rule::days_in(const month_place& month) const noexcept {
  const auto by_day = day_.days_in(month.shape);
  const auto by_weekday = weekday_.days_in(month.shape);
  const auto days = either_day_ ? by_day | by_weekday : by_day & by_weekday;
  if (weeks_ == every_week || days == 0)
    return days;
  return days & days_of_weeks(weeks_, month.year, month.first_day, month.shape.length);
}

std::optional<std::int64_t> local_rule::next_time_of_day(std::int64_t second) const noexcept {
  const auto hour = static_cast<unsigned>(second / hour_seconds);
  if (has_bit(hours_, hour)) {
    const auto minute = static_cast<unsigned>(second % hour_seconds / minute_seconds);
    if (has_bit(minutes_, minute))
      if (const auto found = next_bit(seconds_, static_cast<unsigned>(second % minute_seconds)); found != none)
        return hour * hour_seconds + minute * minute_seconds + found;
    if (const auto found = next_bit(minutes_, minute + 1); found != none)
      return hour * hour_seconds + found * minute_seconds + next_bit(seconds_, 0);
  }
  if (const auto found = next_bit(hours_, hour + 1); found != none)
    return found * hour_seconds + first_time_of_day_ % hour_seconds;
  return std::nullopt;
}

std::optional<std::int64_t> local_rule::next(std::int64_t local) const noexcept {
  if (local < 0)
    local = 0; // the year field begins in 1970
  const auto day_number = local / day_seconds;
  if (day_number > last_day_number)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day_number}}};
  const auto year = static_cast<int>(date.year());
  const auto month_number = static_cast<unsigned>(date.month());
  const auto day = static_cast<unsigned>(date.day());
  if (has_bit(months_, month_number) && allows_year(year)) {
    const auto days = days_in(month_place{year, month_number});
    if (has_bit(days, day))
      if (const auto time = next_time_of_day(local % day_seconds))
        return day_number * day_seconds + *time;
    if (const auto later = next_bit(days, day + 1); later != none)
      return (day_number + later - day) * day_seconds + first_time_of_day_;
  }
  if (const auto first = first_day_after(year, month_number))
    return *first * day_seconds + first_time_of_day_;
  return std::nullopt;
}

std::optional<std::int64_t> local_rule::first_day_after(int year, unsigned month_number) const noexcept {
  std::optional<int> current = year;
  if (!allows_year(year)) {
    current = next_year(year + 1);
    month_number = 0;
  }
  while (current) {
    for (auto next = next_bit(months_, month_number + 1); next != none; next = next_bit(months_, next + 1)) {
      const month_place candidate{*current, next};
      if (const auto days = days_in(candidate); days != 0)
        return candidate.first_day + std::countr_zero(days) - 1;
    }
    current = next_year(*current + 1);
    month_number = 0;
  }
  return std::nullopt;
}

} // namespace carillon
