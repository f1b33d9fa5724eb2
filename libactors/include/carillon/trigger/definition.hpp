#pragma once

#include "carillon/base/civil_time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace carillon {

/// What happens to a local time that a clock change removes (trigger-semantics 11).
enum class gap_policy : std::uint8_t { skip = 0, before = 1, after = 2, shift = 3 };

/// Which of the two instants of a repeated local time fires (trigger-semantics 11).
enum class overlap_pass : std::uint8_t { first = 0, last = 1, both = 2 };

struct dst_policy {
  gap_policy gap = gap_policy::skip;
  overlap_pass overlap = overlap_pass::both;

  friend bool operator==(const dst_policy&, const dst_policy&) = default;
};

struct trigger_definition;

/// Section 2. Fires once.
struct date_definition {
  timestamp run_time{};
  friend bool operator==(const date_definition&, const date_definition&) = default;
};

/// Section 3. Fires at start_time + k * interval.
struct interval_definition {
  duration interval{}; ///< > 0
  timestamp start_time{};
  std::optional<timestamp> end_time;
  friend bool operator==(const interval_definition&, const interval_definition&) = default;
};

/// Section 4.
struct calendar_interval_definition {
  std::uint32_t years = 0, months = 0, weeks = 0, days = 0; ///< not all 0
  std::uint8_t hour = 0, minute = 0, second = 0;
  std::optional<std::uint8_t> day_of_week; ///< 1 Monday to 7 Sunday; with weeks only
  local_date start_date;
  std::optional<local_date> end_date;
  std::string timezone; ///< IANA name
  std::optional<dst_policy> dst;
  friend bool operator==(const calendar_interval_definition&, const calendar_interval_definition&) = default;
};

/// Section 5. A missing field takes the default of 5.2. The 5-field text of section 6 becomes one of these.
struct cron_definition {
  std::optional<std::string> year, month, day, week, day_of_week, hour, minute, second;
  timestamp start_time{};
  std::optional<timestamp> end_time;
  std::string timezone;
  std::optional<dst_policy> dst;
  friend bool operator==(const cron_definition&, const cron_definition&) = default;
};

/// Section 12.
struct classic_cron_definition {
  std::string expression;
  timestamp start_time{};
  std::optional<timestamp> end_time;
  std::string timezone;
  std::optional<dst_policy> dst;
  friend bool operator==(const classic_cron_definition&, const classic_cron_definition&) = default;
};

/// Section 7; `and` in JSON.
struct all_of_definition {
  std::vector<trigger_definition> triggers; ///< at least one
  duration threshold = std::chrono::seconds{1};
  std::uint32_t max_iterations = 10'000;
  friend bool operator==(const all_of_definition&, const all_of_definition&);
};

/// Section 8; `or` in JSON.
struct any_of_definition {
  std::vector<trigger_definition> triggers; ///< at least one
  friend bool operator==(const any_of_definition&, const any_of_definition&);
};

/// A kind of a user's own (`register_trigger_kind`).
struct custom_definition {
  std::string kind;
  std::string parameters; ///< a JSON text, or empty
  friend bool operator==(const custom_definition&, const custom_definition&) = default;
};

/// What a trigger is, with every default filled in (trigger-semantics 1.8): a plain value, as stored and sent.
struct trigger_definition {
  std::variant<date_definition, interval_definition, calendar_interval_definition, cron_definition,
               classic_cron_definition, all_of_definition, any_of_definition, custom_definition>
      kind;
  friend bool operator==(const trigger_definition&, const trigger_definition&) = default;
};

inline bool operator==(const all_of_definition& a, const all_of_definition& b) {
  return a.triggers == b.triggers && a.threshold == b.threshold && a.max_iterations == b.max_iterations;
}
inline bool operator==(const any_of_definition& a, const any_of_definition& b) { return a.triggers == b.triggers; }

} // namespace carillon
