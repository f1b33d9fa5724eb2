#pragma once

#include "crontab/ids.hpp"
#include "crontab/parser.hpp"
#include "crontab/users.hpp"

#include "carillon/model/schedule.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::crontab {

/// What every entry gets, whatever its file says.
struct entry_settings {
  std::string timezone = "UTC";                                       ///< of entries above which no CRON_TZ stands
  std::optional<duration> misfire_grace_time = std::chrono::hours{1}; ///< none: a missed run is never too late
  process_identity identity;                                          ///< of the node
  std::string boot_id; ///< tells one boot of the machine from the next; empty: unknown, so @reboot is refused
};

/// The schedules that a file asks for, and the entries that can't be.
struct crontab_schedules {
  std::vector<schedule_definition> schedules; ///< in the order of the lines
  std::vector<fault> faults;
};

/// Turns the entries of the file `path` (absolute) into schedules of the task `command` that start at `now`, which behave
/// as cron's do: overlap `allow`, coalesce `latest`, an environment of their own. Their metadata is
/// `{"crontab": {"file", "user", "times"}}`, with `mailto` where MAILTO is set and `boot` for @reboot.
/// An @reboot entry is an interval trigger so long that it fires once; reconcile starts it anew after each boot.
/// Errors: ec::unavailable when the users can't be looked up: nothing can be said of the file then.
[[nodiscard]] result<crontab_schedules> make_schedules(const std::string& path, const std::vector<entry>& entries,
                                                       const entry_settings& settings, const user_directory& users,
                                                       timestamp now, id_maker& ids);

/// From one start of an @reboot entry to the next that its trigger would give: out of everybody's sight.
inline constexpr duration reboot_interval = std::chrono::hours{24} * 365'000;

} // namespace carillon::crontab
