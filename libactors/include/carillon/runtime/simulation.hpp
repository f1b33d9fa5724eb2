#pragma once

#include "carillon/model/limits.hpp"
#include "carillon/model/schedule.hpp"
#include "carillon/model/simulation.hpp"
#include "carillon/model/task.hpp"

#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// A node's configuration in virtual time.
struct simulation_config {
  simulation_settings settings{}; ///< from when to when, and how long attempts run
  /// Added at `settings.from`. A task that a schedule names and that isn't here has the settings of one that says nothing.
  std::vector<task> tasks{};
  std::vector<schedule_definition> schedules{}; ///< added with them
  /// Not empty: the simulation goes on from what the RocksDB store in this folder has under way: its tasks, its schedules with where they
  /// stand, its jobs that haven't ended (see open_virtual_store). The folder is only read, also beside a node that holds it. `tasks` and
  /// `schedules` replace those of the same name. Fire times between its last decision and `settings.from` are decided at `from`, as after a
  /// downtime.
  std::string copy_of{};
  limits bounds{}; ///< as a node's store would have them; dead letters aren't kept
};

/// Runs it from `settings.from` to `settings.to` and tells each decision: with the store and the planner of a node, so that coalescing,
/// overlap, misfires, jitter, limits, pauses and clock changes are theirs; no task runs. The same configuration gives the same decisions.
/// Takes some microseconds a decision, and memory that doesn't grow with the length of time. Blocks; any thread.
///
/// The jitter of a schedule that isn't copied is an example, as it depends on when a node adds it. Newer zone data, clocks that are set
/// and lost workers aren't simulated; an attempt fails only by its time limit.
///
/// Errors: ec::invalid_argument and what else adding a task or schedule is refused with; those of open_virtual_store.
[[nodiscard]] result<simulation_report> simulate(const simulation_config& config, const simulation_callback& tell);

} // namespace carillon
#pragma GCC visibility pop
