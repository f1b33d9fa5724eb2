// A node that is killed with schedules and unfinished jobs: how soon another one on its folder works, and whether anything is lost.
#include "bench/benches.hpp"
#include "bench/measured_node.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon::app::bench {
namespace {

// The jobs begin in the first node, as many as fit, and don't end there.
result<void> work_until_killed(const bench_command& what, const std::string& folder, durability level,
                               const apart::voice& say) {
  auto node = need(node::open(config_of(what, folder, level)));
  need(register_measured(node, what, task_function{[](const value&, const job_context&) {
                           for (;;)
                             std::this_thread::sleep_for(std::chrono::hours{1});
                           return attempt_result{};
                         }}));
  need(add_schedules(node, what.schedules.front(), make_distant_schedule));
  need(node.start());
  for (std::size_t added = 0; added < what.jobs;) {
    job_request made;
    made.task = measured_task;
    const std::vector<job_request> all(std::min(what.batch, what.jobs - added), made);
    for (const auto& one : need(node.add_jobs(all).get()))
      if (!one)
        return one.err();
    added += all.size();
  }
  const auto running = std::min({what.jobs, what.slots, what.threads});
  while (need(node.status().get()).running_jobs < running)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  say.ready();
  for (;;)
    std::this_thread::sleep_for(std::chrono::hours{1});
}

/// Counts runs, and knows when the first one began.
class run_counter {
public:
  void note() {
    const std::lock_guard guard{mutex_};
    if (count_++ == 0)
      first_ = since_begin_.seconds();
  }
  [[nodiscard]] std::pair<std::size_t, double> seen() const {
    const std::lock_guard guard{mutex_};
    return {count_, first_};
  }

private:
  stopwatch since_begin_;
  mutable std::mutex mutex_; // guards what follows
  std::size_t count_ = 0;
  double first_ = 0;
};

result<void> recover(const bench_command& what, const std::string& folder, durability level, const apart::voice& say) {
  const stopwatch since_begin;
  const auto runs = std::make_shared<run_counter>();
  auto node = need(node::open(config_of(what, folder, level)));
  say.say({"open", since_begin.seconds(), "s"});
  need(register_measured(node, what, task_function{[runs](const value&, const job_context&) {
                           runs->note();
                           return attempt_result{};
                         }}));
  const auto found = need(node.status().get());
  need(node.start());
  need(wait_until_done(node));
  const auto [count, first] = runs->seen();
  if (count > 0)
    say.say({"first_job", first, "s"});
  say.say({"all_jobs", since_begin.seconds(), "s"});
  const auto missing = [](std::size_t wanted, std::size_t there) {
    return static_cast<double>(wanted) - static_cast<double>(there);
  };
  say.say({"lost_jobs", missing(what.jobs, count), "jobs"});
  say.say({"lost_schedules", missing(what.schedules.front(), found.schedules), "schedules"});
  return {};
}

} // namespace

result<void> measure_recovery(const bench_command& what, data_place& where, report& to) {
  for (const auto level : what.levels) {
    const auto folder = where.next();
    to.progress(fmt::format("a node with {} schedules and {} jobs, durability {}", what.schedules.front(), what.jobs,
                            to_string(level)));
    {
      auto first = apart::begin([&](const apart::voice& say) { return work_until_killed(what, folder, level, say); });
      if (!first)
        return first.err();
      if (auto ready = first->wait_until_ready(); !ready)
        return ready;
      first->kill();
    }
    to.progress("it was killed; another one starts");
    const auto measured = measure_apart([&](const apart::voice& say) { return recover(what, folder, level, say); });
    if (!measured)
      return measured.err();
    to.add(*measured, {{"durability", std::string{to_string(level)}},
                       {"schedules", static_cast<std::int64_t>(what.schedules.front())},
                       {"jobs", static_cast<std::int64_t>(what.jobs)},
                       {"slots", static_cast<std::int64_t>(what.slots)},
                       {"threads", static_cast<std::int64_t>(what.threads)},
                       {"runner", what.runner}});
  }
  return {};
}

} // namespace carillon::app::bench
