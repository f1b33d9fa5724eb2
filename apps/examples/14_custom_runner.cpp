// A runner of your own: all its jobs go through one thread, in their order, as to a device that takes one thing at a time.
#include <carillon/carillon.hpp>
#include <carillon/runner/runner.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <thread>

using namespace carillon;

class device : public runner {
public:
  // A runner ends what it was given: what waits still, and what runs.
  ~device() override {
    thread_.request_stop();
    thread_.join();
    for (auto& each : waiting_)
      each.done(attempt_result::failed(job_outcome::cancelled, "the device is switched off"));
  }

  std::string_view name() const noexcept override { return "device"; }

  void start(std::shared_ptr<const job> what, const task_function* code, on_end done) override {
    if (code == nullptr)
      return done(attempt_result::failed(job_outcome::error, "a device runs tasks that have code"));
    const std::lock_guard guard{mutex_};
    waiting_.push_back({std::move(what), code, std::move(done)});
    changed_.notify_one();
  }

  // What hasn't begun never does. (What runs could be asked by the stop token of its `job_context`.)
  void stop(const job_id& id, stop_reason) override {
    std::unique_lock lock{mutex_};
    const auto found = std::ranges::find_if(waiting_, [&](const attempt& each) { return each.what->id == id; });
    if (found == waiting_.end())
      return;
    const auto stopped = std::move(*found);
    waiting_.erase(found);
    lock.unlock();
    stopped.done(attempt_result::failed(job_outcome::cancelled, "it hadn't begun"));
  }

private:
  struct attempt {
    std::shared_ptr<const job> what;
    const task_function* code;
    on_end done;
  };

  void work(const std::stop_token& end) {
    std::unique_lock lock{mutex_};
    while (changed_.wait(lock, end, [this] { return !waiting_.empty(); }) && !end.stop_requested()) {
      const auto next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      next.code->start(next.what, {}, [done = next.done](attempt_result ended) { done(std::move(ended)); });
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<attempt> waiting_;
  std::jthread thread_{[this](const std::stop_token& end) { work(end); }};
};

int main() {
  auto node = node::open({}).or_throw();
  node.register_runner(std::make_shared<device>()).or_throw();
  task print;
  print.id = "print";
  print.runner = "device";
  node.register_task(print, [](const std::string& text) { std::cout << text << "\n"; }).or_throw();
  node.start().or_throw();
  const auto job = node.add_job({.task = "print", .arguments = arguments("on paper")}).get().or_throw();
  return node.wait_for_job(job.id, std::chrono::seconds{20}).get().or_throw().outcome == job_outcome::success ? 0 : 1;
}
