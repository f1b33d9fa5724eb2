#include "runner/stopped_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

namespace carillon {
namespace {

struct pool_attempt {
  std::shared_ptr<const job> what;
  const task_function* code = nullptr;
  runner::on_end done;
  std::stop_source stopper;
  std::optional<stop_reason> stopped; // the first reason; guarded by the pool's mutex
};

class thread_pool_runner final : public runner {
public:
  explicit thread_pool_runner(std::size_t threads) : max_threads_(std::max<std::size_t>(threads, 1)) {}

  ~thread_pool_runner() override {
    stop_those([](const pool_attempt&) { return true; }, stop_reason::node_stops);
    {
      const std::lock_guard guard{mutex_};
      closing_ = true;
    }
    work_or_closing_.notify_all();
    for (auto& thread : threads_)
      thread.join();
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "thread_pool"; }

  void start(std::shared_ptr<const job> what, const task_function* code, on_end done) override {
    if (code == nullptr)
      return done(attempt_result::failed(job_outcome::error, fmt::format("the task {} has no code here", what->task)));
    pool_attempt refused;
    std::string why;
    {
      const std::lock_guard guard{mutex_};
      waiting_.push_back({std::move(what), code, std::move(done), {}, {}});
      if (idle_ < waiting_.size() && threads_.size() < max_threads_ && !add_thread(why) && threads_.empty()) {
        refused = std::move(waiting_.back());
        waiting_.pop_back();
      }
    }
    if (refused.done)
      return refused.done(
          attempt_result::failed(job_outcome::error, fmt::format("no thread could be started: {}", why)));
    work_or_closing_.notify_one();
  }

  void stop(const job_id& id, stop_reason why) override {
    stop_those([&](const pool_attempt& attempt) { return attempt.what->id == id; }, why);
  }

private:
  void stop_those(const std::function<bool(const pool_attempt&)>& is_meant, stop_reason why) {
    std::vector<std::stop_source> running;
    std::deque<pool_attempt> never_ran;
    {
      const std::lock_guard guard{mutex_};
      for (auto* attempt : running_)
        if (is_meant(*attempt) && !attempt->stopped) {
          attempt->stopped = why;
          running.push_back(attempt->stopper);
        }
      const auto stays = [&](const pool_attempt& attempt) { return !is_meant(attempt); };
      const auto first = std::stable_partition(waiting_.begin(), waiting_.end(), stays);
      never_ran.assign(std::move_iterator{first}, std::move_iterator{waiting_.end()});
      waiting_.erase(first, waiting_.end());
    }
    for (auto& stopper : running)
      stopper.request_stop(); // runs the task's stop callbacks, so without the lock
    for (auto& attempt : never_ran)
      end_unstarted(attempt, why);
  }

  static void end_unstarted(pool_attempt& attempt, stop_reason why) {
    attempt.done(attempt_result::failed(stopped_outcome(why), fmt::format("{} before it ran", stopped_text(why))));
  }

  bool add_thread(std::string& why) {
    try {
      threads_.emplace_back([this] { work(); });
      return true;
    } catch (const std::system_error& refusal) {
      why = refusal.what();
      return false;
    }
  }

  void work() {
    std::unique_lock lock{mutex_};
    while (true) {
      ++idle_;
      work_or_closing_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
      --idle_;
      if (waiting_.empty())
        return; // closing
      pool_attempt attempt = std::move(waiting_.front());
      waiting_.pop_front();
      const auto here = running_.insert(running_.end(), &attempt);
      lock.unlock();
      auto result = run_task_function(*attempt.code, *attempt.what, attempt.stopper.get_token());
      lock.lock();
      running_.erase(here);
      lock.unlock();
      attempt.done(with_reason(std::move(result), attempt.stopped));
      attempt = {}; // what `done` holds may be large: don't keep it while idle
      lock.lock();
    }
  }

  static attempt_result with_reason(attempt_result result, std::optional<stop_reason> stopped) {
    if (!stopped || result.outcome == job_outcome::success)
      return result;
    result.outcome = stopped_outcome(*stopped);
    result.error_text = result.error_text.empty() ? std::string{stopped_text(*stopped)}
                                                  : fmt::format("{}: {}", stopped_text(*stopped), result.error_text);
    return result;
  }

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable work_or_closing_;
  std::deque<pool_attempt> waiting_;
  std::list<pool_attempt*> running_;
  std::size_t idle_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

} // namespace

std::unique_ptr<runner> make_thread_pool_runner(std::size_t threads) {
  return std::make_unique<thread_pool_runner>(threads);
}

} // namespace carillon
