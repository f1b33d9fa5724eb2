// Schedules that are due together, every second: are they all fired, and how late?
#include "bench/benches.hpp"
#include "bench/lateness.hpp"

#include <fmt/format.h>

#include <cmath>
#include <thread>

namespace carillon::app::bench {
namespace {

using std::chrono::seconds;

schedule_definition make_beat(std::size_t number, timestamp start) {
  schedule_definition made;
  made.id = fmt::format("beat-{}", number);
  made.task = measured_task;
  made.trigger = {interval_definition{seconds{1}, start, std::nullopt}};
  return made;
}

result<void> measure_fires(const bench_command& what, const std::string& folder, durability level,
                           const apart::voice& say) {
  const auto count = what.schedules.front();
  const auto beats = std::max<std::int64_t>(1, std::llround(what.seconds));
  constexpr std::int64_t more_beats = 60; // that come before and after those that count
  auto seen = std::make_shared<lateness_log>(count * static_cast<std::size_t>(beats + more_beats));
  auto node = need(node::open(config_of(what, folder, level)));
  need(register_measured(node, what, noting_task(seen)));
  // The first one is due when all are there.
  constexpr std::size_t added_each_second = 5'000;
  const auto now = [] { return system_clock().now().wall; };
  const auto start =
      std::chrono::ceil<seconds>(now()) + seconds{2} + seconds{static_cast<std::int64_t>(count / added_each_second)};
  need(add_schedules(node, count, [&](std::size_t number) { return make_beat(number, start); }));
  need(node.start());
  const timestamp from = std::max<timestamp>(start, std::chrono::ceil<seconds>(now()) + seconds{1});
  const auto to = from + seconds{beats};
  std::this_thread::sleep_until(from - std::chrono::milliseconds{100});
  const auto processor_before = processor_seconds();
  std::this_thread::sleep_until(to);
  const auto used = processor_seconds() - processor_before;
  const auto due = count * static_cast<std::size_t>(beats);
  constexpr auto patience = seconds{30};
  constexpr auto look_every = std::chrono::milliseconds{20};
  auto late = seen->lateness(from, to);
  for (const stopwatch waiting; late.size() < due && waiting.seconds() < patience.count();) {
    std::this_thread::sleep_for(look_every);
    late = seen->lateness(from, to);
  }
  node.stop();
  say.say({"fires", static_cast<double>(late.size()) / static_cast<double>(beats), "fires/s"});
  say.say({"missing", static_cast<double>(due) - static_cast<double>(late.size()), "fires"});
  constexpr double microseconds = 1e6;
  say.say({"cpu", used * microseconds / static_cast<double>(due), "us/fire"});
  say.say(distribution("lateness", std::move(late), "ms"));
  return {};
}

} // namespace

result<void> measure_fires(const bench_command& what, data_place& where, report& to) {
  for (const auto level : what.levels) {
    to.progress(fmt::format("{} schedules every second, durability {}", what.schedules.front(), to_string(level)));
    const auto measured = measure_apart(
        [&, folder = where.next()](const apart::voice& say) { return measure_fires(what, folder, level, say); });
    if (!measured)
      return measured.err();
    to.add(*measured, {{"durability", std::string{to_string(level)}},
                       {"schedules", static_cast<std::int64_t>(what.schedules.front())},
                       {"seconds", what.seconds},
                       {"slots", static_cast<std::int64_t>(what.slots)},
                       {"threads", static_cast<std::int64_t>(what.threads)},
                       {"runner", what.runner}});
  }
  return {};
}

} // namespace carillon::app::bench
