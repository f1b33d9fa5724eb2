#pragma once

#include "bench/apart.hpp"
#include "cli/commands.hpp"

#include "carillon/runtime/node.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace carillon::app::bench {

/// The task of all measurements.
inline constexpr const char* measured_task = "measured";

/// A node on `folder` with the level and the room that the command says; its task isn't registered, and nothing runs.
[[nodiscard]] node_config config_of(const bench_command& what, const std::string& folder, durability level);

/// Registers `code` as the measured task, to be run by the runner that the command says. Errors: those of the node.
template <class F>
[[nodiscard]] result<void> register_measured(node& where, const bench_command& what, F code) {
  task settings;
  settings.id = measured_task;
  settings.runner = what.runner;
  return where.register_task(std::move(settings), std::move(code));
}

/// Adds `count` schedules, many at a time. Errors: of the first that is refused.
[[nodiscard]] result<void> add_schedules(node& where, std::size_t count,
                                         const std::function<schedule_definition(std::size_t)>& make);
/// One that isn't due within the day.
[[nodiscard]] schedule_definition make_distant_schedule(std::size_t number);

/// Waits until no job waits or runs. ec::timed_out: nothing has ended for a minute.
[[nodiscard]] result<void> wait_until_done(const node& where);

/// The result of a request that a measurement can't go on without; throws `failure`.
template <class T>
T need(result<T> x) {
  return std::move(x).or_throw();
}
inline void need(const result<void>& x) {
  if (!x)
    throw failure{x.err()};
}

class stopwatch {
public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

} // namespace carillon::app::bench
