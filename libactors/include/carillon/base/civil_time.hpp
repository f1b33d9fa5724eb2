#pragma once

#include "carillon/base/time.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// A local calendar date, proleptic Gregorian.
struct local_date {
  std::int32_t year = 1970; ///< `min_year` to `max_year` in a valid date
  std::uint8_t month = 1;   ///< 1 to 12
  std::uint8_t day = 1;     ///< 1 to 31

  friend auto operator<=>(const local_date&, const local_date&) = default;
};

/// The years that dates may have: what a fire time lies in, and what four digits can write.
inline constexpr std::int32_t min_year = 1;
inline constexpr std::int32_t max_year = 9999; ///< the last of them

/// Whether the date exists and lies in the years 1 to 9999.
[[nodiscard]] bool is_valid(const local_date& date) noexcept;

/// The last day of the month, 28 to 31. `month` is 1 to 12.
[[nodiscard]] std::uint8_t days_in_month(std::int32_t year, std::uint8_t month) noexcept;

/// Days from 1970-01-01 to an existing date, negative before it. The years are not limited to 1 to 9999 here.
[[nodiscard]] std::int64_t to_day_number(const local_date& date) noexcept;
/// The date of a day number; its year isn't limited either.
[[nodiscard]] local_date to_local_date(std::int64_t day_number) noexcept;

/// The weekday of a day number: 1 Monday to 7 Sunday.
[[nodiscard]] std::uint8_t iso_weekday(std::int64_t day_number) noexcept;

/// The ISO 8601 week of a valid date, 1 to 53. It may belong to the year before or after.
[[nodiscard]] std::uint8_t iso_week(const local_date& date) noexcept;

/// A date and a time of day as somebody wrote them, with the offset from UTC if there was one.
struct written_date_time {
  duration local{};                           ///< the fields read as if they were UTC, since 1970
  std::optional<std::chrono::seconds> offset; ///< positive east of Greenwich, less than a day; none: none was written
};

/// Reads what `parse_iso8601` reads, the offset being optional. Errors: ec::invalid_argument, with the position.
[[nodiscard]] result<written_date_time> parse_date_time(std::string_view text);

/// Reads `YYYY-MM-DD`. Errors: ec::invalid_argument, with the position.
[[nodiscard]] result<local_date> parse_local_date(std::string_view text);

/// `YYYY-MM-DD`, which `parse_local_date` reads back.
[[nodiscard]] std::string to_text(const local_date& date);

} // namespace carillon
#pragma GCC visibility pop
