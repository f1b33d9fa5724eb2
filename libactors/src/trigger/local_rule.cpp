#include "trigger/local_rule.hpp"

#include "trigger/day_number.hpp"

#include <array>
#include <bit>

namespace carillon {
namespace {

constexpr int first_year = 1970;
constexpr std::size_t year_count = max_year - first_year + 1;
constexpr std::int64_t hour_seconds = 3'600;
constexpr std::int64_t minute_seconds = 60;

constexpr std::int64_t last_day_number = day_number_of(max_year, 12, 31);

constexpr std::int64_t year_length(int year) { return is_leap(year) ? 366 : 365; }

/// 0 Sunday to 6 Saturday, of a day not before 1970.
constexpr unsigned weekday_of_number(std::int64_t day_number) { return static_cast<unsigned>((day_number + 4) % 7); }

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

/// For each month, the ISO weeks that any of its days can lie in.
constexpr std::array<std::uint64_t, 13> weeks_by_month = [] {
  std::array<std::uint64_t, 13> weeks{};
  unsigned first = 1; // the first day of the month in a common year, and the last one in a leap year
  for (unsigned month = 1; month <= 12; first += month_length(2001, month), ++month) {
    const auto last = first + month_length(2004, month) - (month <= 2 ? 1 : 0);
    // Day d of the year lies in week (d - weekday + 10) / 7, the weekday being 1 to 7. Week 0 is the last one of the year
    // before, and week 53 may be the first one of the next.
    for (auto week = (first + 3) / 7; week <= (last + 9) / 7; ++week)
      weeks[month] |= week == 0    ? std::uint64_t{3} << 52
                      : week >= 53 ? 1u << 1 | std::uint64_t{1} << 53
                                   : std::uint64_t{1} << week;
  }
  return weeks;
}();

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

/// The days of a year depend on the weekday of its first day, on its length, and (for the week of that first day) on the
/// length of the year before: years of one kind have the same days.
constexpr unsigned year_kind_count = 21;
constexpr std::uint32_t every_year_kind = (1u << year_kind_count) - 1;
constexpr unsigned year_kind_of(int year) {
  return weekday_of_number(day_number_of(year, 1, 1)) * 3 + (is_leap(year) ? 1 : is_leap(year - 1) ? 2 : 0);
}

constexpr std::array<int, year_kind_count> example_years = [] {
  std::array<int, year_kind_count> examples{};
  for (auto year = first_year; year < first_year + 400; ++year)
    examples[year_kind_of(year)] = year;
  return examples;
}();

} // namespace

struct local_rule::month_place {
  month_place(int of_year, unsigned of_number, std::int64_t its_first_day)
    : year(of_year), number(of_number),
      first_day(its_first_day), shape{month_length(of_year, of_number), weekday_of_number(its_first_day)} {}
  month_place(int of_year, unsigned of_number)
    : month_place(of_year, of_number, day_number_of(of_year, of_number, 1)) {}

  int year;
  unsigned number;
  std::int64_t first_day;
  month_shape shape;
};

local_rule::local_rule(const local_fields& fields)
  : weeks_(fields.weeks), minutes_(fields.minutes), seconds_(fields.seconds), day_(fields.day),
    weekday_(fields.weekday), months_(fields.months), hours_(fields.hours),
    first_time_of_day_(next_bit(hours_, 0) * hour_seconds + next_bit(minutes_, 0) * minute_seconds +
                       next_bit(seconds_, 0)),
    either_day_(fields.either_day) {
  find_year_kinds();
  find_years(fields.years);
  is_every_day_ = years_.empty() && months_ == every_month && weeks_ == every_week && day_.is_every_day() &&
                  weekday_.is_every_day();
}

void local_rule::find_year_kinds() {
  if (weeks_ == every_week && has_days_in_every_month()) {
    year_kinds_ = every_year_kind;
    return;
  }
  // Kinds that differ only in what the fields don't look at have the same answer.
  const bool by_week = weeks_ != every_week;
  const bool by_weekday = by_week || day_.looks_at_weekdays() || weekday_.looks_at_weekdays();
  for (unsigned kind = 0; kind < year_kind_count; ++kind) {
    const auto weekday = by_weekday ? kind / 3 : 0;
    const auto lengths = by_week || kind % 3 != 2 ? kind % 3 : 0;
    const auto like = weekday * 3 + lengths;
    if (like == kind ? has_match_in(example_years[kind]) : has_bit(year_kinds_, like))
      year_kinds_ |= 1u << kind;
  }
}

/// Whether each month has a day that both day fields together allow. False may also mean: not known.
bool local_rule::has_days_in_every_month() const noexcept {
  if (either_day_)
    return day_.is_in_every_month() || weekday_.is_in_every_month();
  return (day_.is_every_day() && weekday_.is_in_every_month()) || (weekday_.is_every_day() && day_.is_in_every_month());
}

/// Marks the years that the ranges allow and that have a match.
void local_rule::find_years(const std::vector<stepped_range>& ranges) {
  if (ranges.empty())
    return;
  years_.assign((year_count + 63) / 64, 0);
  for (const auto& range : ranges)
    for (auto value = range.first; value <= range.last; value += range.step)
      if (has_bit(year_kinds_, year_kind_of(static_cast<int>(value))))
        years_[(value - first_year) / 64] |= std::uint64_t{1} << (value - first_year) % 64;
}

local_rule local_rule::in_every_year() const {
  auto rule = *this;
  rule.years_.clear();
  return rule;
}

bool local_rule::has_match_in(int year) const noexcept {
  for (auto rest = months_; rest != 0; rest &= rest - 1)
    if (days_in(month_place{year, static_cast<unsigned>(std::countr_zero(rest))}) != 0)
      return true;
  return false;
}

bool local_rule::allows_year(int year) const noexcept {
  if (years_.empty())
    return year_kinds_ == every_year_kind || has_bit(year_kinds_, year_kind_of(year));
  const auto index = static_cast<std::size_t>(year - first_year);
  return has_bit(years_[index / 64], static_cast<unsigned>(index % 64));
}

std::optional<int> local_rule::next_year(int from) const noexcept {
  if (from > max_year || year_kinds_ == 0)
    return std::nullopt;
  if (years_.empty()) {
    while (from <= max_year && !allows_year(from)) // each kind comes again within 400 years, and most within 40
      ++from;
    return from <= max_year ? std::optional{from} : std::nullopt;
  }
  auto index = static_cast<std::size_t>(from - first_year);
  for (; index / 64 < years_.size(); index = (index / 64 + 1) * 64)
    if (const auto bit = next_bit(years_[index / 64], static_cast<unsigned>(index % 64)); bit != none)
      return first_year + static_cast<int>(index / 64 * 64 + bit);
  return std::nullopt;
}

day_bits local_rule::days_in(const month_place& month) const noexcept {
  if ((weeks_ & weeks_by_month[month.number]) == 0)
    return 0;
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
  if (is_every_day_) {
    if (const auto time = next_time_of_day(local % day_seconds))
      return day_number * day_seconds + *time;
    return day_number < last_day_number ? std::optional{(day_number + 1) * day_seconds + first_time_of_day_}
                                        : std::nullopt;
  }
  const auto date = date_of(day_number);
  if (has_bit(months_, date.month) && allows_year(date.year)) {
    const auto days = days_in(month_place{date.year, date.month, day_number - date.day + 1});
    if (has_bit(days, date.day))
      if (const auto time = next_time_of_day(local % day_seconds))
        return day_number * day_seconds + *time;
    if (const auto later = next_bit(days, date.day + 1u); later != none)
      return (day_number + later - date.day) * day_seconds + first_time_of_day_;
  }
  if (const auto first = first_day_after(date.year, date.month))
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
