#include "carillon/base/civil_time.hpp"

#include "base/text_cursor.hpp"

#include <boost/date_time/gregorian_calendar.hpp>
#include <boost/date_time/year_month_day.hpp>
#include <fmt/format.h>

namespace carillon {
namespace {

// Boost's own date type begins in 1400; its calendar rules don't.
using year_month_day = boost::date_time::year_month_day_base<std::int32_t, std::uint16_t, std::uint16_t>;
using calendar = boost::date_time::gregorian_calendar_base<year_month_day, std::uint32_t>;

constexpr std::int32_t cycle_years = 400; // after which the Gregorian calendar repeats, weekdays included
constexpr std::int64_t cycle_days = 146'097;

year_month_day to_boost(const local_date& date) { return {date.year, date.month, date.day}; }

std::int64_t floor_division(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

std::int64_t epoch_day() {
  static const auto day = static_cast<std::int64_t>(calendar::day_number({1970, 1, 1}));
  return day;
}

result<local_date> take_date(text_cursor& in) {
  const auto start = in.column();
  const auto year = in.take_number(4);
  if (!year)
    return in.fault("expected a year of four digits");
  if (!in.take('-'))
    return in.fault("expected '-'");
  const auto month = in.take_number(2);
  if (!month)
    return in.fault("expected a month of two digits");
  if (!in.take('-'))
    return in.fault("expected '-'");
  const auto day = in.take_number(2);
  if (!day)
    return in.fault("expected a day of two digits");
  const local_date date{static_cast<std::int32_t>(*year), static_cast<std::uint8_t>(*month),
                        static_cast<std::uint8_t>(*day)};
  if (!is_valid(date))
    return text_cursor::fault_at(start, fmt::format("there is no date {}", to_text(date)));
  return date;
}

/// Two digits up to `highest`.
result<std::chrono::seconds> take_part(text_cursor& in, std::string_view name, std::uint32_t highest,
                                       std::chrono::seconds unit) {
  const auto start = in.column();
  const auto value = in.take_number(2);
  if (!value)
    return in.fault(fmt::format("expected two digits for the {}", name));
  if (*value > highest)
    return text_cursor::fault_at(start, fmt::format("the {} is at most {}", name, highest));
  return unit * *value;
}

result<duration> take_fraction(text_cursor& in) {
  const auto start = in.column();
  const auto digits = in.take_digits();
  if (digits.empty() || digits.size() > 6)
    return text_cursor::fault_at(start, "expected one to six digits for the fraction of a second");
  std::int64_t microseconds = 0;
  for (std::size_t i = 0; i < 6; ++i)
    microseconds = microseconds * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return duration{microseconds};
}

result<duration> take_time_of_day(text_cursor& in) {
  const auto hour = take_part(in, "hour", 23, std::chrono::hours{1});
  if (!hour)
    return hour.err();
  if (!in.take(':'))
    return in.fault("expected ':' and the minute");
  const auto minute = take_part(in, "minute", 59, std::chrono::minutes{1});
  if (!minute)
    return minute.err();
  duration time = *hour + *minute;
  if (!in.take(':'))
    return time;
  const auto second = take_part(in, "second", 59, std::chrono::seconds{1});
  if (!second)
    return second.err();
  time += *second;
  if (!in.take('.'))
    return time;
  const auto fraction = take_fraction(in);
  if (!fraction)
    return fraction.err();
  return time + *fraction;
}

result<std::optional<std::chrono::seconds>> take_offset(text_cursor& in) {
  if (in.at_end())
    return std::optional<std::chrono::seconds>{};
  if (in.take('Z') || in.take('z'))
    return std::optional{std::chrono::seconds{0}};
  const bool west = in.peek() == '-';
  if (!in.take('+') && !in.take('-'))
    return in.fault("expected 'Z' or an offset such as +02:00");
  const auto hours = take_part(in, "hour of the offset", 23, std::chrono::hours{1});
  if (!hours)
    return hours.err();
  auto offset = *hours;
  if (in.take(':')) {
    const auto minutes = take_part(in, "minute of the offset", 59, std::chrono::minutes{1});
    if (!minutes)
      return minutes.err();
    offset += *minutes;
  }
  return std::optional{west ? -offset : offset};
}

} // namespace

bool is_valid(const local_date& date) noexcept {
  return date.year >= min_year && date.year <= max_year && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
         date.day <= days_in_month(date.year, date.month);
}

std::uint8_t days_in_month(std::int32_t year, std::uint8_t month) noexcept {
  return static_cast<std::uint8_t>(calendar::end_of_month_day(year, month));
}

std::int64_t to_day_number(const local_date& date) noexcept {
  // Moved into the years that the calendar rules are written for.
  const auto cycles = floor_division(date.year - min_year, cycle_years);
  auto moved = to_boost(date);
  moved.year -= static_cast<std::int32_t>(cycles) * cycle_years;
  return static_cast<std::int64_t>(calendar::day_number(moved)) - epoch_day() + cycles * cycle_days;
}

local_date to_local_date(std::int64_t day_number) noexcept {
  const auto cycles = floor_division(day_number, cycle_days);
  const auto moved =
      calendar::from_day_number(static_cast<std::uint32_t>(day_number - cycles * cycle_days + epoch_day()));
  return {moved.year + static_cast<std::int32_t>(cycles) * cycle_years, static_cast<std::uint8_t>(moved.month),
          static_cast<std::uint8_t>(moved.day)};
}

std::uint8_t iso_weekday(std::int64_t day_number) noexcept {
  constexpr std::int64_t days_since_monday = 3; // 1970-01-01 was a Thursday
  const auto shifted = day_number + days_since_monday;
  return static_cast<std::uint8_t>(shifted - 7 * floor_division(shifted, 7) + 1);
}

std::uint8_t iso_week(const local_date& date) noexcept {
  return static_cast<std::uint8_t>(calendar::week_number(to_boost(date)));
}

result<written_date_time> parse_date_time(std::string_view text) {
  text_cursor in{text};
  const auto date = take_date(in);
  if (!date)
    return date.err();
  if (!in.take('T') && !in.take(' '))
    return in.fault("expected 'T' and the time of day");
  const auto time = take_time_of_day(in);
  if (!time)
    return time.err();
  const auto offset = take_offset(in);
  if (!offset)
    return offset.err();
  if (!in.at_end())
    return in.fault("expected the end");
  return written_date_time{std::chrono::days{to_day_number(*date)} + *time, *offset};
}

result<local_date> parse_local_date(std::string_view text) {
  text_cursor in{text};
  auto date = take_date(in);
  if (date && !in.at_end())
    return in.fault("expected the end");
  return date;
}

std::string to_text(const local_date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

} // namespace carillon
