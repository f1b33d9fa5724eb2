#pragma once

#include "crontab/crontab_files.hpp"

#include "carillon/model/schedule.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon::crontab {

struct crontab_config {
  std::vector<crontab_source> sources; ///< at least one
  std::string timezone =
      "UTC"; ///< of entries above which no CRON_TZ stands: machine_zone_name() of trigger/defaults.hpp
  /// A run that was missed (the node was down) and is late by no more than this is made up for, once; a later one is
  /// recorded as skipped. None: never too late.
  std::optional<duration> misfire_grace_time = std::chrono::hours{1};
};

/// What all crontabs together ask for.
struct wanted_schedules {
  std::vector<schedule_definition> schedules; ///< they start at the `now` of the reading
  std::set<std::string> kept_files;           ///< nothing could be read of them: what they asked for before stays
  std::set<std::string> kept_folders;         ///< they couldn't be listed: what is in them now can't be known
  /// One line each for people: `FILE:LINE:COLUMN: what is wrong`, or `FILE: what is wrong`.
  std::vector<std::string> faults;
};

/// Whether all files and folders that were named are there. Errors: ec::not_found, naming the first that isn't.
[[nodiscard]] result<void> check_sources(const crontab_config& config);

/// Reads them, as the user of this process. What is wrong is among the faults, and all else is read.
[[nodiscard]] wanted_schedules read_crontabs(const crontab_config& config, timestamp now);

} // namespace carillon::crontab
