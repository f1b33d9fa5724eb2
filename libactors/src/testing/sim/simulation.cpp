#include "carillon/testing/simulation.hpp"

#include "testing/sim/cluster_run.hpp"

#include <algorithm>
#include <array>

namespace carillon::testing {
namespace {

constexpr std::array profile_names{"none", "network", "crashes", "clocks", "disk", "full"};

simulation_report run_plan(const simulation_settings& settings, std::vector<sim::action> plan) {
  sim::cluster_run run{settings, std::move(plan)};
  return run.run();
}

} // namespace

std::string_view to_string(fault_profile x) noexcept { return profile_names.at(static_cast<std::size_t>(x)); }

std::optional<fault_profile> parse_fault_profile(std::string_view name) noexcept {
  const auto found = std::ranges::find(profile_names, name);
  if (found == profile_names.end())
    return std::nullopt;
  return static_cast<fault_profile>(found - profile_names.begin());
}

simulation_report run_simulation(const simulation_settings& settings) {
  return run_plan(settings, sim::make_plan(settings));
}

// Larger parts first, then single actions (delta debugging).
simulation_report shrink_simulation(const simulation_settings& settings, std::size_t most_runs,
                                    const std::function<void(std::size_t)>& progress) {
  auto plan = sim::make_plan(settings);
  auto best = run_plan(settings, plan);
  if (best.violations.empty())
    return best;
  std::size_t runs = 1;
  for (auto part = std::max<std::size_t>(plan.size() / 2, 1); runs < most_runs;
       part = std::max<std::size_t>(part / 2, 1)) {
    bool has_shrunk = false;
    for (std::size_t from = 0; from < plan.size() && runs < most_runs;) {
      auto less = plan;
      const auto begin = less.begin() + static_cast<std::ptrdiff_t>(from);
      less.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(part, less.size() - from)));
      auto report = run_plan(settings, less);
      ++runs;
      if (report.violations.empty())
        from += part;
      else {
        plan = std::move(less);
        best = std::move(report);
        has_shrunk = true;
      }
      if (progress)
        progress(plan.size());
    }
    if (part == 1 && !has_shrunk)
      break;
  }
  return best;
}

} // namespace carillon::testing
