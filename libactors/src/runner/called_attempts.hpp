#pragma once

#include "carillon/runner/runner.hpp"

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace carillon {

/// The attempts whose code a runner calls and that haven't ended. Each ends once: by its completion, or because the runner
/// gives it up. Completions share it, as they may outlive the runner. Any thread.
class called_attempts : public std::enable_shared_from_this<called_attempts> {
public:
  struct attempt;
  /// One element is moved from list to list: no memory is taken or given back while a lock is held.
  using list = std::list<std::shared_ptr<attempt>>;
  struct attempt {
    attempt(std::shared_ptr<const job> its_job, const task_function* its_code, runner::on_end its_end)
      : what(std::move(its_job)), code(its_code), done(std::move(its_end)) {}

    std::shared_ptr<const job> what;
    const task_function* code;
    runner::on_end done;
    std::stop_source stopper{};
    std::optional<stop_reason> stopped{}; // the first reason
    std::atomic<bool> has_returned = false;
    std::optional<list::iterator> place{}; // none: it has ended, or wasn't entered
  };

  /// A list of one attempt.
  [[nodiscard]] static list make(std::shared_ptr<const job> what, const task_function* code, runner::on_end done);
  /// The first of `from` can be stopped from now on.
  [[nodiscard]] std::shared_ptr<attempt> enter(list& from);
  /// Calls the code of an attempt that was entered; it may end later.
  void call(const std::shared_ptr<attempt>& which);

  void stop(const job_id& id, stop_reason why);
  void stop_all(stop_reason why);

  /// Ends those whose code has returned. Afterwards nobody is just ending one.
  void give_up();

private:
  void stop_those(const std::function<bool(const attempt&)>& is_meant, stop_reason why);
  void end(const std::shared_ptr<attempt>& which, attempt_result result);

  std::mutex mutex_;
  list open_;                             // in the order of starting
  std::atomic<std::uint32_t> ending_ = 0; // are being told
};

} // namespace carillon
