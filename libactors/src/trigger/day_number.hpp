#pragma once

#include "carillon/base/civil_time.hpp"

#include <chrono>
#include <cstdint>

namespace carillon {

// Calendar arithmetic of the inner loops, for the years 1 to 9999: inline, by std::chrono. Elsewhere: base/civil_time.

inline constexpr std::int64_t day_seconds = 86'400;

/// Days from 1970-01-01 to an existing date.
[[nodiscard]] constexpr std::int64_t day_number_of(int year, unsigned month, unsigned day) noexcept {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)}
      .time_since_epoch()
      .count();
}

[[nodiscard]] constexpr local_date date_of(std::int64_t day_number) noexcept {
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<std::chrono::days::rep>(day_number)}}};
  return {static_cast<int>(date.year()), static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
          static_cast<std::uint8_t>(static_cast<unsigned>(date.day()))};
}

[[nodiscard]] constexpr bool is_leap(int year) noexcept { return std::chrono::year{year}.is_leap(); }

/// 28 to 31.
[[nodiscard]] constexpr unsigned month_length(int year, unsigned month) noexcept {
  constexpr std::uint8_t lengths[]{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29u : lengths[month];
}

} // namespace carillon
