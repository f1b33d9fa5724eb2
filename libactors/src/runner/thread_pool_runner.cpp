#include "runner/called_attempts.hpp"
#include "runner/stopped_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>

namespace carillon {
namespace {

// To be woken takes as long as this, and to wake it as long once more: while jobs come as fast as they are done no thread should
// sleep between them (measured: `carillon bench fires`).
constexpr int looks_before_sleep = 16;

class thread_pool_runner final : public runner {
public:
  explicit thread_pool_runner(std::size_t threads) : max_threads_(std::max<std::size_t>(threads, 1)) {}

  ~thread_pool_runner() override {
    stop_waiting([](const called_attempts::attempt&) { return true; }, stop_reason::node_stops);
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
    auto one = called_attempts::make(std::move(what), code, std::move(done));
    std::string why;
    {
      const std::lock_guard guard{mutex_};
      waiting_.splice(waiting_.end(), one);
      if (idle_ < waiting_.size() && threads_.size() < max_threads_ && !add_thread(why) && threads_.empty())
        one.splice(one.end(), waiting_, std::prev(waiting_.end()));
    }
    if (!one.empty())
      return one.front()->done(
          attempt_result::failed(job_outcome::error, fmt::format("no thread could be started: {}", why)));
    work_or_closing_.notify_one();
  }

  void stop(const job_id& id, stop_reason why) override {
    // In this order: what is taken in between is among the called ones.
    stop_waiting([&](const called_attempts::attempt& attempt) { return attempt.what->id == id; }, why);
    called_->stop(id, why);
  }

  void give_up() override { called_->give_up(); }

private:
  void stop_waiting(const std::function<bool(const called_attempts::attempt&)>& is_meant, stop_reason why) {
    called_attempts::list never_ran;
    {
      const std::lock_guard guard{mutex_};
      for (auto next = waiting_.begin(); next != waiting_.end();)
        if (const auto here = next++; is_meant(**here))
          never_ran.splice(never_ran.end(), waiting_, here);
    }
    for (const auto& attempt : never_ran)
      attempt->done(attempt_result::failed(stopped_outcome(why), fmt::format("{} before it ran", stopped_text(why))));
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
      for (int look = 0; look < looks_before_sleep && waiting_.empty() && !closing_; ++look) {
        lock.unlock();
        std::this_thread::yield();
        lock.lock();
      }
      work_or_closing_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
      --idle_;
      if (waiting_.empty())
        return; // closing
      {
        const auto attempt = called_->enter(waiting_);
        lock.unlock();
        called_->call(attempt);
      }
      lock.lock();
    }
  }

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable work_or_closing_;
  called_attempts::list waiting_; // no thread has taken them
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
