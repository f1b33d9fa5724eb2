// What one fire time of a trigger costs, over the consecutive ones of two years and then again from the start.
#include "bench/benches.hpp"
#include "bench/measured_node.hpp"

#include "carillon/trigger/trigger.hpp"

#include <fmt/format.h>

#include <ctime>

namespace carillon::app::bench {
namespace {

constexpr timestamp begin_of_range = std::chrono::sys_days{std::chrono::year{2024} / 1 / 1};
constexpr timestamp end_of_range = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

struct measured_trigger {
  std::string name;
  trigger_definition definition;
};

std::vector<measured_trigger> make_triggers(const char* zone) {
  std::vector<measured_trigger> all;
  for (const auto* expression : {"* * * * *", "*/5 * * * *", "30 2 * * *", "0 9 * * 1-5", "0 12 L * *", "0 22 * * 5#2"})
    all.push_back({expression, {classic_cron_definition{expression, begin_of_range, {}, zone, {}}}});
  calendar_interval_definition monthly;
  monthly.months = 1;
  monthly.hour = 9; // NOLINT(readability-magic-numbers): an hour like any other
  monthly.start_date = {2024, 1, 1};
  monthly.timezone = zone;
  all.push_back({"calendar_interval: monthly", {monthly}});
  all.push_back({"interval: 5 minutes", {interval_definition{std::chrono::minutes{5}, begin_of_range, {}}}});
  return all;
}

double thread_seconds() {
  constexpr double nanosecond = 1e-9;
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + nanosecond * static_cast<double>(now.tv_nsec);
}

// Nanoseconds of processor time for one `next`.
double cost_of_next(const trigger_definition& definition, double seconds) {
  constexpr std::uint64_t between_looks = 1'000;
  constexpr double nanoseconds = 1e9;
  const auto first = need(trigger::make(definition));
  auto walking = first;
  std::uint64_t steps = 0;
  const auto begin = thread_seconds();
  auto used = 0.0;
  while (used < seconds) {
    for (std::uint64_t i = 0; i < between_looks; ++i) {
      const auto fire = need(walking.next());
      if (!fire || *fire >= end_of_range)
        walking = first;
    }
    steps += between_looks;
    used = thread_seconds() - begin;
  }
  return used * nanoseconds / static_cast<double>(steps);
}

} // namespace

result<void> measure_triggers(const bench_command& what, report& to) {
  for (const auto* zone : {"UTC", "America/New_York"})
    for (const auto& one : make_triggers(zone)) {
      to.progress(fmt::format("{} in {}", one.name, zone));
      to.add({{"next", cost_of_next(one.definition, what.seconds), "ns"}},
             {{"trigger", one.name}, {"zone", std::string{zone}}});
    }
  return {};
}

} // namespace carillon::app::bench
