#include "runner/called_attempts.hpp"
#include "runner/stopped_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace carillon {
namespace {

// One that no thread has taken.
struct waiting_attempt {
  std::shared_ptr<const job> what;
  const task_function* code = nullptr;
  runner::on_end done;
};

class thread_pool_runner final : public runner {
public:
  explicit thread_pool_runner(std::size_t threads) : max_threads_(std::max<std::size_t>(threads, 1)) {}

  ~thread_pool_runner() override {
    stop_waiting([](const waiting_attempt&) { return true; }, stop_reason::node_stops);
    called_->stop_all(stop_reason::node_stops);
    {
      const std::lock_guard guard{mutex_};
      closing_ = true;
    }
    work_or_closing_.notify_all();
    for (auto& thread : threads_)
      thread.join();
    called_->give_up();
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "thread_pool"; }

  void start(std::shared_ptr<const job> what, const task_function* code, on_end done) override {
    if (code == nullptr)
      return done(attempt_result::failed(job_outcome::error, fmt::format("the task {} has no code here", what->task)));
    waiting_attempt refused;
    std::string why;
    {
      const std::lock_guard guard{mutex_};
      waiting_.push_back({std::move(what), code, std::move(done)});
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
    // In this order: what is taken in between is among the called ones.
    stop_waiting([&](const waiting_attempt& attempt) { return attempt.what->id == id; }, why);
    called_->stop(id, why);
  }

  void give_up() override { called_->give_up(); }

private:
  void stop_waiting(const std::function<bool(const waiting_attempt&)>& is_meant, stop_reason why) {
    std::deque<waiting_attempt> never_ran;
    {
      const std::lock_guard guard{mutex_};
      const auto stays = [&](const waiting_attempt& attempt) { return !is_meant(attempt); };
      const auto first = std::stable_partition(waiting_.begin(), waiting_.end(), stays);
      never_ran.assign(std::move_iterator{first}, std::move_iterator{waiting_.end()});
      waiting_.erase(first, waiting_.end());
    }
    for (auto& attempt : never_ran)
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
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      const auto attempt = called_->enter(std::move(next.what), std::move(next.done));
      lock.unlock();
      called_->call(attempt, *next.code);
      lock.lock();
    }
  }

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable work_or_closing_;
  std::deque<waiting_attempt> waiting_;
  std::shared_ptr<called_attempts> called_ = std::make_shared<called_attempts>();
  std::size_t idle_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

} // namespace

std::unique_ptr<runner> make_thread_pool_runner(std::size_t threads) {
  return std::make_unique<thread_pool_runner>(threads);
}

} // namespace carillon
