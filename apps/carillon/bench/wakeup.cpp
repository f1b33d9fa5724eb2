// An idle node, and schedules that fire once at random times: how long from the instant to the first instruction?
#include "bench/benches.hpp"
#include "bench/lateness.hpp"

#include <fmt/format.h>

#include <cmath>
#include <random>
#include <thread>

namespace carillon::app::bench {
namespace {

using std::chrono::seconds;

result<void> measure_wakeup(const bench_command& what, const std::string& folder, durability level,
                            const apart::voice& say) {
  const auto count = what.schedules.front();
  auto seen = std::make_shared<lateness_log>(count);
  auto node = need(node::open(config_of(what, folder, level)));
  need(register_measured(node, what, noting_task(seen)));
  need(node.start());
  std::mt19937_64 random{std::random_device{}()};
  const duration span{std::llround(what.seconds * 1e6)};
  std::uniform_int_distribution<std::int64_t> within{0, span.count()};
  const auto first = system_clock().now().wall + seconds{1};
  need(add_schedules(node, count, [&](std::size_t number) {
    schedule_definition made;
    made.id = fmt::format("once-{}", number);
    made.task = measured_task;
    made.trigger = {date_definition{first + duration{within(random)}}};
    return made;
  }));
  std::this_thread::sleep_until(first + span);
  constexpr auto patience = seconds{30};
  constexpr auto look_every = std::chrono::milliseconds{20};
  for (const stopwatch waiting; seen->count() < count && waiting.seconds() < patience.count();)
    std::this_thread::sleep_for(look_every);
  node.stop();
  auto late = seen->lateness(timestamp::min(), timestamp::max());
  say.say({"missing", static_cast<double>(count) - static_cast<double>(late.size()), "fires"});
  say.say(distribution("lateness", std::move(late), "ms"));
  return {};
}

} // namespace

result<void> measure_wakeup(const bench_command& what, data_place& where, report& to) {
  for (const auto level : what.levels) {
    to.progress(
        fmt::format("{} schedules within {} s, durability {}", what.schedules.front(), what.seconds, to_string(level)));
    const auto measured = measure_apart(
        [&, folder = where.next()](const apart::voice& say) { return measure_wakeup(what, folder, level, say); });
    if (!measured)
      return measured.err();
    to.add(*measured, {{"durability", std::string{to_string(level)}},
                       {"schedules", static_cast<std::int64_t>(what.schedules.front())},
                       {"seconds", what.seconds},
                       {"runner", what.runner}});
  }
  return {};
}

} // namespace carillon::app::bench
