#pragma once

#include "carillon/base/civil_time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// What happens to a local time that a clock change removes (trigger-semantics 11). `skip`: it doesn't fire that day;
/// `before`: a second before the change; `after`: at the change; `shift`: as much later as the clocks are set forward.
enum class gap_policy : std::uint8_t { skip = 0, before = 1, after = 2, shift = 3 };

/// Which of the two instants of a repeated local time fires (trigger-semantics 11).
enum class overlap_pass : std::uint8_t { first = 0, last = 1, both = 2 };

/// What a trigger of local times does when the clocks change. One that has none does what is usual for its kind.
struct dst_policy {
  gap_policy gap = gap_policy::skip;         ///< when they are set forward
  overlap_pass overlap = overlap_pass::both; ///< when they are set back

  friend bool operator==(const dst_policy&, const dst_policy&) = default;
};

struct trigger_definition;

/// Section 2. Fires once.
struct date_definition {
  timestamp run_time{}; ///< may lie in the past: it fires all the same
  friend bool operator==(const date_definition&, const date_definition&) = default;
};

/// Section 3. Fires at start_time + k * interval.
struct interval_definition {
  duration interval{};                 ///< > 0
  timestamp start_time{};              ///< the first fire time
  std::optional<timestamp> end_time{}; ///< the last instant that may fire, >= start_time; none: no end
  friend bool operator==(const interval_definition&, const interval_definition&) = default;
};

/// Section 4. Fires at one time of day, every so many years, months, weeks and days from a date on.
struct calendar_interval_definition {
  std::uint32_t years = 0,                   ///< added first, with `months`, again and again until that date exists
      months = 0,                            ///< may be more than 12
      weeks = 0,                             ///< added after that, with `days`
      days = 0;                              ///< not all four are 0
  std::uint8_t hour = 0,                     ///< local, 0 to 23
      minute = 0,                            ///< 0 to 59
      second = 0;                            ///< 0 to 59
  std::optional<std::uint8_t> day_of_week{}; ///< 1 Monday to 7 Sunday; with weeks only
  local_date start_date{};                   ///< where it begins; with `day_of_week`, at the first such day from there
  std::optional<local_date> end_date{};      ///< the last date that may fire, >= start_date; none: no end
  std::string timezone{};                    ///< IANA name
  std::optional<dst_policy> dst{};           ///< none: `{skip, first}`
  friend bool operator==(const calendar_interval_definition&, const calendar_interval_definition&) = default;
};

/// Section 5. A missing field takes the default of 5.2. The 5-field text of section 6 becomes one of these.
struct cron_definition {
  std::optional<std::string> year{},   ///< 1970 to 9999
      month{},                         ///< 1 to 12, or jan to dec
      day{},                           ///< of the month, 1 to 31, or such as `last`, `2nd fri`, `last mon`
      week{},                          ///< ISO 8601, 1 to 53
      day_of_week{},                   ///< mon to sun, or a number: 0 and 7 are Sunday
      hour{},                          ///< 0 to 23
      minute{},                        ///< 0 to 59
      second{};                        ///< 0 to 59
  timestamp start_time{};              ///< no fire time lies before it
  std::optional<timestamp> end_time{}; ///< none lies after it; before start_time: there is none at all; none: no end
  std::string timezone{};              ///< IANA name; the fields are its local time
  std::optional<dst_policy> dst{};     ///< none: `{skip, both}`
  friend bool operator==(const cron_definition&, const cron_definition&) = default;
};

/// Section 12. Fires by the rules of the Unix crontab.
struct classic_cron_definition {
  /// `minute hour day month weekday`, with the second in front or also the year behind, or such as `@daily`.
  std::string expression{};
  timestamp start_time{};              ///< no fire time lies before it
  std::optional<timestamp> end_time{}; ///< none lies after it; before start_time: there is none at all; none: no end
  std::string timezone{};              ///< IANA name; the expression is its local time
  /// None: `{after, first}` if neither minute nor hour begins with `*`; else `{skip, both}`.
  std::optional<dst_policy> dst{};
  friend bool operator==(const classic_cron_definition&, const classic_cron_definition&) = default;
};

/// Section 7; `and` in JSON. Fires when all parts agree, at the earliest of their times.
struct all_of_definition {
  std::vector<trigger_definition> triggers;     ///< at least one
  duration threshold = std::chrono::seconds{1}; ///< how far times that agree may lie apart; 0 to 10,000 years
  std::uint32_t max_iterations = 10'000;        ///< of one call, >= 1; used up, that is ec::iteration_limit
  friend bool operator==(const all_of_definition&, const all_of_definition&); ///< equal in all members
};

/// Section 8; `or` in JSON. Fires when any part does; parts with the same instant fire once.
struct any_of_definition {
  std::vector<trigger_definition> triggers;                                   ///< at least one
  friend bool operator==(const any_of_definition&, const any_of_definition&); ///< equal parts in the same order
};

/// A kind of a user's own (`register_trigger_kind`).
struct custom_definition {
  std::string kind{};       ///< the name that it is registered with; unknown in this process: trigger::make refuses it
  std::string parameters{}; ///< a JSON text, or empty
  friend bool operator==(const custom_definition&, const custom_definition&) = default;
};

/// What a trigger is, with every default filled in (trigger-semantics 1.8): a plain value, as stored and sent.
struct trigger_definition {
  /// Its kind, and what that needs to be known.
  std::variant<date_definition, interval_definition, calendar_interval_definition, cron_definition,
               classic_cron_definition, all_of_definition, any_of_definition, custom_definition>
      kind;
  friend bool operator==(const trigger_definition&, const trigger_definition&); ///< equal in all members
};

} // namespace carillon
#pragma GCC visibility pop
