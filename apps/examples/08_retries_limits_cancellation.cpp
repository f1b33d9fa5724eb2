// What becomes of jobs that fail, of too many at once, and of those that nobody wants any more.
#include <carillon/carillon.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iostream>
#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;

int main() {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  auto node = carillon::node::open({}).or_throw();
  const auto end_of = [&node](const carillon::job& added) { return node.wait_for_job(added.id, 30s).get().or_throw(); };

  // Three attempts, a moment apart. An exception is a failure with its text.
  carillon::task flaky;
  flaky.id = "flaky";
  flaky.retry = {.max_attempts = 3, .backoff = carillon::backoff_kind::fixed, .delay = 10ms};
  node.register_task(flaky,
                     [](const carillon::job_context& context) {
                       if (context.attempt() < 3)
                         throw std::runtime_error{"not yet"};
                       return static_cast<int>(context.attempt());
                     })
      .or_throw();

  // Two at once in the whole cluster, each for a minute at most; the others wait.
  carillon::task narrow;
  narrow.id = "narrow";
  narrow.max_running_jobs = 2;
  narrow.time_limit = 1min;
  node.register_task(narrow,
                     [&] {
                       for (int now = ++running, seen = most; now > seen && !most.compare_exchange_weak(seen, now);)
                         continue;
                       std::this_thread::sleep_for(20ms);
                       --running;
                     })
      .or_throw();

  // Code that may take long waits for the end that somebody asks for. If it ended without an error, its work would be done.
  node.register_task("endless",
                     [](const carillon::job_context& context) {
                       std::mutex mutex;
                       std::unique_lock lock{mutex};
                       std::condition_variable_any{}.wait(lock, context.cancelled(), [] { return false; });
                       throw std::runtime_error{"asked to stop"};
                     })
      .or_throw();
  node.start().or_throw();

  const auto retried = end_of(node.add_job({.task = "flaky"}).get().or_throw());
  std::cout << "flaky: " << to_string(retried.outcome) << " after " << retried.attempt << " attempts\n";

  std::vector<carillon::job> many;
  for (int i = 0; i < 6; ++i)
    many.push_back(node.add_job({.task = "narrow"}).get().or_throw());
  std::for_each(many.begin(), many.end(), end_of);
  std::cout << "narrow: at most " << most << " at once\n";

  const auto endless = node.add_job({.task = "endless"}).get().or_throw();
  node.cancel_job(endless.id).get().or_throw();
  const auto cancelled = end_of(endless);
  std::cout << "endless: " << to_string(cancelled.outcome) << "\n";
  return retried.attempt == 3 && most <= 2 && cancelled.outcome == carillon::job_outcome::cancelled ? 0 : 1;
}
