#pragma once

#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"
#include "carillon/testing/simulation.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

/// What a simulation does, before it is done: values, so that some can be left out and the rest stays as it is.
namespace carillon::testing::sim {

/// Numbers that are the same with every compiler and library.
class draws {
public:
  explicit draws(std::uint64_t seed) : engine_(seed) {}
  [[nodiscard]] std::uint64_t next() { return engine_(); }
  /// 0 to `bound` - 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  [[nodiscard]] bool chance(std::uint64_t percent) { return below(100) < percent; }
  /// In whole steps, so that things coincide.
  [[nodiscard]] duration between(duration least, duration most, duration step) {
    const auto steps = static_cast<std::uint64_t>((most - least) / step) + 1;
    return least + static_cast<std::int64_t>(below(steps)) * step;
  }
  template <class T>
  [[nodiscard]] const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

private:
  std::mt19937_64 engine_;
};

enum class kind : std::uint8_t {
  // the workload
  add_schedule,
  replace_schedule,
  change_trigger,
  pause_schedule,
  resume_schedule,
  remove_schedule,
  run_schedule,
  backfill_schedule,
  add_job,
  cancel_job,
  rerun_job,
  drop_dead_letter,
  change_task,
  wait_for_job,
  // faults
  kill_node,
  cut_power,
  stop_node,
  cut_link,
  bad_link,
  slow_node,
  set_clocks,
  set_one_clock,
  drift,
  suspend,
  fail_writes,
  fill_disk,
  drain_node
};

struct action {
  duration at{}; ///< since the beginning
  kind what{};
  std::size_t subject = 0; ///< number of the schedule, job, task or node
  std::size_t other = 0;   ///< the link's other node
  std::uint64_t draw = 0;  ///< what else there is to choose comes from this
  duration length{};       ///< of a fault
};
[[nodiscard]] bool is_fault(kind x) noexcept;
[[nodiscard]] std::string describe(const action& x);

/// In the order of time. Faults end before `length` is over.
[[nodiscard]] std::vector<action> make_plan(const simulation_settings& settings);

inline constexpr std::size_t task_count = 5;
[[nodiscard]] task make_task(std::size_t number, std::uint64_t draw);
[[nodiscard]] std::string schedule_name(std::size_t number);
[[nodiscard]] std::string node_name(std::size_t number);
[[nodiscard]] job_id direct_job_id(std::size_t number);
[[nodiscard]] schedule_definition make_definition(std::size_t number, std::uint64_t draw, timestamp now,
                                                  duration shortest_period);
[[nodiscard]] job make_direct_job(std::size_t number, std::uint64_t draw, timestamp now);

/// What an attempt does: a function of its job and its number.
struct attempt_script {
  duration length{};
  job_outcome outcome = job_outcome::success;
  duration to_stop{}; ///< from being told to stop to the end
};
[[nodiscard]] attempt_script script_of(const job& what, std::uint64_t seed);

} // namespace carillon::testing::sim
