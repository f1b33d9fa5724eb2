#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/runner/task_function.hpp"
#include "engine/report_desk.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace carillon::engine {

/// The attempts that have ended, until their executor looks at them: many of them by one message. `add` from any thread.
class ended_attempts {
public:
  struct ended {
    job_id id;
    attempt_result outcome;
  };

  /// `on_first` is called, on the thread of whoever adds, when something waits and nothing did: a reason to `take`.
  explicit ended_attempts(std::function<void()> on_first) : on_first_(std::move(on_first)) {}

  void add(ended one) {
    {
      const std::lock_guard guard{mutex_};
      waiting_.push_back(std::move(one));
      if (waiting_.size() > 1)
        return;
    }
    on_first_();
  }

  [[nodiscard]] std::vector<ended> take() {
    const std::lock_guard guard{mutex_};
    return std::exchange(waiting_, {});
  }

private:
  const std::function<void()> on_first_;
  std::mutex mutex_;
  std::vector<ended> waiting_;
};

/// How a runner tells the end of one attempt: what a `runner::on_end` is made of. Any thread.
class attempt_end {
public:
  /// `code` is kept as long as it may run: its task may be registered anew meanwhile.
  attempt_end(std::shared_ptr<ended_attempts> to, const job_id& id, std::shared_ptr<const task_function> code,
              std::shared_ptr<report_desk::voice> reports)
    : to_(std::move(to)), id_(id), code_(std::move(code)), reports_(std::move(reports)) {}

  attempt_end(attempt_end&& other) noexcept // nobody calls `other`
    : to_(std::move(other.to_)), id_(other.id_), code_(std::move(other.code_)), reports_(std::move(other.reports_)) {}

  void operator()(attempt_result outcome) {
    if (is_told_.test_and_set())
      return; // a runner of the user's that says it twice
    reports_->close();
    to_->add({id_, std::move(outcome)});
  }

private:
  std::shared_ptr<ended_attempts> to_;
  job_id id_;
  std::shared_ptr<const task_function> code_;
  std::shared_ptr<report_desk::voice> reports_;
  std::atomic_flag is_told_;
};

} // namespace carillon::engine
