#pragma once

#include "trigger/day_pattern.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace carillon {

/// `first`, `first + step`, … up to `last`.
struct stepped_range {
  unsigned first = 0;
  unsigned last = 0;
  unsigned step = 1;
};

/// What the fields of a cron expression allow: bit n stands for the value n.
struct local_fields {
  std::vector<stepped_range> years; ///< empty: every year
  std::uint32_t months = 0;
  day_pattern day;
  day_pattern weekday;
  bool either_day = false; ///< one of `day` and `weekday` is enough (trigger-semantics 12.5)
  std::uint64_t weeks = 0;
  std::uint32_t hours = 0;
  std::uint64_t minutes = 0;
  std::uint64_t seconds = 0;
};

inline constexpr std::uint32_t every_month = 0x1FFE;
inline constexpr std::uint64_t every_week = 0x003F'FFFF'FFFF'FFFE; // bits 1 to 53

/// Finds the local times, from 1970 to 9999, that match all fields: bits and day numbers, never stepping through days.
/// Knows nothing of zones. Immutable, any thread.
class local_rule {
public:
  /// Finds the years without a match, so that no search walks over them.
  explicit local_rule(const local_fields& fields);

  /// The first match at or after a local time, both in seconds since 1970-01-01T00:00 local time; nothing when there is
  /// none up to the year 9999. Looks at 13 months at most.
  [[nodiscard]] std::optional<std::int64_t> next(std::int64_t local) const noexcept;

  /// The same rule as if the year field were `*`. It repeats after 400 years.
  [[nodiscard]] local_rule in_every_year() const;

private:
  struct month_place;

  void find_year_kinds();
  void find_years(const std::vector<stepped_range>& ranges);
  [[nodiscard]] bool has_days_in_every_month() const noexcept;
  [[nodiscard]] bool has_match_in(int year) const noexcept;
  [[nodiscard]] bool allows_year(int year) const noexcept;
  [[nodiscard]] std::optional<int> next_year(int from) const noexcept;
  [[nodiscard]] day_bits days_in(const month_place& month) const noexcept;
  [[nodiscard]] std::optional<std::int64_t> next_time_of_day(std::int64_t second) const noexcept;
  [[nodiscard]] std::optional<std::int64_t> first_day_after(int year, unsigned month) const noexcept;

  std::vector<std::uint64_t> years_; ///< bit n for the year 1970 + n; empty when the year field allows every one
  std::uint64_t weeks_;
  std::uint64_t minutes_;
  std::uint64_t seconds_;
  day_pattern day_;
  day_pattern weekday_;
  std::uint32_t months_;
  std::uint32_t hours_;
  std::uint32_t year_kinds_ = 0; ///< the kinds of year that have a match, as bits
  std::int64_t first_time_of_day_;
  bool either_day_;
  bool is_every_day_ = false; ///< only the time of day matters: the search needs no calendar
};

} // namespace carillon
