#pragma once

#include "cli/table.hpp"

#include "carillon/model/simulation.hpp"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace carillon::app {

/// What a simulation came to, schedule by schedule: how many jobs and skips, and the longest time without a job. Pure.
class simulation_summary {
public:
  void add(const simulated_decision& what);

  /// A table with a row for each of these and for whatever else there was of; those of which nothing was decided say so.
  [[nodiscard]] std::string render(const std::vector<schedule_definition>& schedules, bool colours) const;

private:
  static constexpr std::size_t reason_count = 7;
  struct line {
    std::uint64_t jobs = 0;
    std::uint64_t unfinished = 0;
    std::uint64_t unsuccessful = 0;
    std::array<std::uint64_t, reason_count> skips{};
    bool has_uncounted_skips = false; ///< ranges of which each counts as one
    timestamp first{}, last{};        ///< fire times that made jobs
    std::chrono::seconds first_offset{}, last_offset{};
    duration longest_gap{};
  };
  [[nodiscard]] static std::vector<cell> row_of(const std::string& id, const line& what, const std::string& work);

  std::map<std::string, line> lines_; // by schedule; by task in brackets: jobs of none
};

} // namespace carillon::app
