#pragma once

#include "carillon/store/data_store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
/// @file
/// The cluster simulator: a random workload that uses every feature of the scheduling model, on the real actors of several nodes
/// in a test world, under faults, with a checker that looks at every commit and every attempt. Everything comes from one seed.
namespace carillon::testing {

/// Which faults a simulation plants.
enum class fault_profile : std::uint8_t {
  none,
  network, ///< links are cut, slow, lossy; messages come twice and in another order; slow nodes
  crashes, ///< processes end, machines lose their power
  clocks,  ///< wall clocks are set, clocks drift, machines sleep
  disk,    ///< writes fail, the disk is full
  full     ///< all of that
};
/// The enumerator's name.
[[nodiscard]] std::string_view to_string(fault_profile x) noexcept;
/// Nothing for an unknown name.
[[nodiscard]] std::optional<fault_profile> parse_fault_profile(std::string_view name) noexcept;

/// What a simulation is run with: the same settings give the same run.
struct simulation_settings {
  std::uint64_t seed = 1;                             ///< of all chance
  duration length = std::chrono::hours{1};            ///< virtual; what follows it is without new work and faults
  std::size_t nodes = 3;                              ///< >= 1; the first one has the store
  std::size_t schedules = 20;                         ///< there at first; more come and go
  duration shortest_period = std::chrono::seconds{5}; ///< of their triggers
  fault_profile faults = fault_profile::full;         ///< about one a minute, if any
  /// The store is RocksDB on a `file_disk`, and no map in memory: slower, and what tears, tears within files.
  bool rocksdb = false;
  /// Gets each message that is delivered, a line each. Costs much time.
  std::function<void(std::string_view)> trace{};
};

/// Something that a simulation does at a time, in words: an action of the workload, or a fault.
struct simulated_action {
  duration at{}; ///< since the beginning
  /// Such as `kill node n2 for 12s`.
  std::string text;
};

/// What a simulation did, and what was wrong with it.
struct simulation_report {
  std::vector<std::string> violations; ///< of the invariants; empty: they all held
  /// What it takes for the (first) violation, after `shrink_simulation`; else everything that was done.
  std::vector<simulated_action> actions;
  std::string chart;             ///< the last messages before the violation; empty without one
  std::uint64_t fingerprint = 0; ///< of the messages, see world::fingerprint: the same for the same settings
  std::uint64_t messages = 0;    ///< delivered
  std::uint64_t commits = 0;     ///< that had events
  std::uint64_t fire_times = 0;  ///< decided: with a job or a skip
  std::uint64_t jobs = 0;        ///< added
  std::uint64_t attempts = 0;    ///< that a runner has begun
  std::uint64_t faults = 0;      ///< planted
  duration simulated{};          ///< virtual time: `length`, and what it took until all was quiet
};

/// Runs one. Not more than one at a time in a thread.
[[nodiscard]] simulation_report run_simulation(const simulation_settings& settings);

/// Leaves out what the violation of that seed doesn't need, as long as there is one, in at most `most_runs` runs. `progress`
/// is called after each with the number of actions that are left.
[[nodiscard]] simulation_report shrink_simulation(const simulation_settings& settings, std::size_t most_runs = 200,
                                                  const std::function<void(std::size_t)>& progress = {});

} // namespace carillon::testing
#pragma GCC visibility pop
