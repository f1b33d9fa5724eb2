// Schedules none of which is due: how fast they are added, what a start with them takes, and what they cost when idle.
#include "bench/benches.hpp"
#include "bench/measured_node.hpp"

#include <fmt/format.h>

#include <thread>

namespace carillon::app::bench {
namespace {

const auto no_op = [](const value&, const job_context&) { return attempt_result{}; };

using work = std::function<result<void>(const apart::voice&)>;

work load(const bench_command& what, const std::string& folder, durability level, std::size_t count) {
  return [&what, folder, level, count](const apart::voice& say) -> result<void> {
    auto node = need(node::open(config_of(what, folder, level)));
    need(register_measured(node, what, task_function{no_op}));
    const stopwatch adding;
    need(add_schedules(node, count, make_distant_schedule));
    say.say({"add", static_cast<double>(count) / adding.seconds(), "schedules/s"});
    return {};
  };
}

// Starts on what is there. Afterwards, what `then` measures.
work start(const bench_command& what, const std::string& folder, durability level, std::size_t count,
           const std::function<void(const apart::voice&)>& then) {
  return [&what, folder, level, count, then](const apart::voice& say) -> result<void> {
    const stopwatch starting;
    auto node = need(node::open(config_of(what, folder, level)));
    need(register_measured(node, what, task_function{no_op}));
    need(node.start());
    const auto status = need(node.status().get());
    say.say({"start_to_ready", starting.seconds(), "s"});
    if (status.schedules != count)
      return {ec::internal, fmt::format("{} schedules were added, {} are there", count, status.schedules)};
    then(say);
    return {};
  };
}

void say_memory(const apart::voice& say, std::size_t count) {
  const auto resident = resident_mebibytes();
  say.say({"resident", resident, "MiB"});
  constexpr double mebibyte = 1 << 20;
  if (count > 0)
    say.say({"resident_each", resident * mebibyte / static_cast<double>(count), "bytes/schedule"});
}

value::map schedules_settings(durability level, std::size_t count) {
  return {{"durability", std::string{to_string(level)}}, {"schedules", static_cast<std::int64_t>(count)}};
}

result<void> report_of(const work& measure, const value::map& settings, report& to) {
  const auto measured = measure_apart(measure);
  if (!measured)
    return measured.err();
  to.add(*measured, settings);
  return {};
}

} // namespace

result<void> measure_schedules(const bench_command& what, data_place& where, report& to) {
  for (const auto level : what.levels)
    for (const auto count : what.schedules) {
      const auto folder = where.next();
      const auto settings = schedules_settings(level, count);
      to.progress(fmt::format("adding {} schedules, durability {}", count, to_string(level)));
      if (auto done = report_of(load(what, folder, level, count), settings, to); !done)
        return done;
      to.progress(fmt::format("starting with {} schedules", count));
      const auto memory = [count](const apart::voice& say) { say_memory(say, count); };
      if (auto done = report_of(start(what, folder, level, count, memory), settings, to); !done)
        return done;
    }
  return {};
}

result<void> measure_idle(const bench_command& what, data_place& where, report& to) {
  for (const auto level : what.levels) {
    const auto count = what.schedules.front();
    const auto folder = where.next();
    to.progress(fmt::format("adding {} schedules", count));
    if (auto added = measure_apart(load(what, folder, level, count)); !added)
      return added.err();
    to.progress(fmt::format("idle for {} s with {} schedules, durability {}", what.seconds, count, to_string(level)));
    const auto idle = [&what](const apart::voice& say) {
      std::this_thread::sleep_for(std::chrono::seconds{2}); // what a start leaves to do in the background
      const auto processor_before = processor_seconds();
      const auto woken_before = wake_ups();
      std::this_thread::sleep_for(std::chrono::duration<double>{what.seconds});
      constexpr double percent = 100;
      say.say({"cpu", (processor_seconds() - processor_before) / what.seconds * percent, "% of a core"});
      say.say({"wake_ups", static_cast<double>(wake_ups() - woken_before) / what.seconds, "1/s"});
      say.say({"resident", resident_mebibytes(), "MiB"});
    };
    auto settings = schedules_settings(level, count);
    settings["seconds"] = what.seconds;
    if (auto done = report_of(start(what, folder, level, count, idle), settings, to); !done)
      return done;
  }
  return {};
}

} // namespace carillon::app::bench
