#include "bench/measured_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace carillon::app::bench {

using namespace std::chrono_literals;

node_config config_of(const bench_command& what, const std::string& folder, durability level) {
  node_config config;
  config.data_folder = folder;
  config.store.level = level;
  config.slots = what.slots;
  config.threads = what.threads;
  config.stop_grace = 1s;
  if (!what.history_retention.empty())
    config.store.history_retention = parse_duration(what.history_retention).or_throw();
  return config;
}

result<void> add_schedules(node& where, std::size_t count,
                           const std::function<schedule_definition(std::size_t)>& make) {
  constexpr std::size_t at_once = 1'000;
  std::vector<pending<schedule>> under_way;
  for (std::size_t n = 0; n < count; ++n) {
    under_way.push_back(where.add_schedule(make(n)));
    if (under_way.size() < at_once && n + 1 < count)
      continue;
    for (auto& one : under_way)
      if (auto added = std::move(one).get(); !added)
        return added.err();
    under_way.clear();
  }
  return {};
}

schedule_definition make_distant_schedule(std::size_t number) {
  constexpr auto day = std::chrono::hours{24};
  constexpr std::size_t spread = 86'400'000; // ms of a day
  schedule_definition made;
  made.id = fmt::format("distant-{}", number);
  made.task = measured_task;
  made.arguments = static_cast<std::int64_t>(number);
  made.trigger = {
      interval_definition{day, system_clock().now().wall + day + std::chrono::milliseconds{number % spread}, {}}};
  return made;
}

result<void> wait_until_done(const node& where) {
  constexpr auto look_every = 1ms;
  constexpr auto longest = 1min;
  auto changed = std::chrono::steady_clock::now();
  for (std::uint64_t last = 0;;) {
    const auto status = where.status().get();
    if (!status)
      return status.err();
    const auto left = status->pending_jobs + status->running_jobs;
    if (left == 0)
      return {};
    const auto now = std::chrono::steady_clock::now();
    if (left != last)
      changed = now;
    else if (now - changed > longest)
      return {ec::timed_out, fmt::format("{} jobs are left, and none has ended for a minute", left)};
    last = left;
    std::this_thread::sleep_for(look_every);
  }
}

} // namespace carillon::app::bench
