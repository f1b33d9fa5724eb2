#pragma once

#include "carillon/model/schedule.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace carillon::crontab {

/// The file that a schedule of the crontab reader came from; empty if it came from elsewhere (whatever its id is).
[[nodiscard]] std::string file_of(const schedule_definition& definition);

/// What brings a store to what the crontabs say.
struct reconciliation {
  std::vector<schedule_definition> add;
  std::vector<schedule_definition> replace;
  std::vector<std::string> remove; ///< ids
  std::size_t unchanged = 0;
};

/// What becomes of an @reboot entry that the store doesn't have: at the node's start it runs now; when it comes with a
/// reload the machine didn't just start, and it waits for the next boot.
enum class new_reboot_entries : std::uint8_t { run_now, run_at_next_boot };

/// Compares the `desired` schedules with those in the store (schedules from elsewhere are left alone). An entry that says
/// the same as its schedule is unchanged, whenever it was added; where only the trigger is the same, the schedule keeps its
/// start and so its cursor. Paused stays paused. Schedules of `kept_files` (of which nothing could be read) stay as they are; other
/// schedules that nobody desires are removed. A pure function.
[[nodiscard]] reconciliation reconcile(std::vector<schedule_definition> desired, const std::vector<schedule>& in_store,
                                       const std::set<std::string>& kept_files, new_reboot_entries on_new_reboot_entry);

} // namespace carillon::crontab
