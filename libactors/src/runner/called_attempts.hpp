#pragma once

#include "carillon/runner/runner.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace carillon {

/// The attempts whose code a runner calls and that haven't ended. Each ends once: by its completion, or because the runner
/// gives it up. Completions share it, as they may outlive the runner. Any thread.
class called_attempts : public std::enable_shared_from_this<called_attempts> {
public:
  struct attempt {
    std::uint64_t number = 0;
    std::shared_ptr<const job> what;
    runner::on_end done;
    std::stop_source stopper;
    std::optional<stop_reason> stopped; // the first reason
    bool has_returned = false;
  };

  /// From now on the attempt can be stopped.
  [[nodiscard]] std::shared_ptr<attempt> enter(std::shared_ptr<const job> what, runner::on_end done);
  /// Calls the code of an attempt that was entered; it may end later.
  void call(const std::shared_ptr<attempt>& which, const task_function& code);

  void stop(const job_id& id, stop_reason why);
  void stop_all(stop_reason why);

  /// Ends those whose code has returned. Afterwards nobody is just ending one.
  void give_up();

private:
  void stop_those(const std::function<bool(const attempt&)>& is_meant, stop_reason why);
  void end(const std::shared_ptr<attempt>& which, attempt_result result);

  std::mutex mutex_;
  std::condition_variable none_is_ending_;
  std::map<std::uint64_t, std::shared_ptr<attempt>> open_; // in the order of starting
  std::uint64_t last_number_ = 0;
  std::size_t ending_ = 0;
};

} // namespace carillon
