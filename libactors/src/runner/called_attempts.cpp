#include "runner/called_attempts.hpp"

#include "runner/stopped_outcome.hpp"

#include <vector>

namespace carillon {

std::shared_ptr<called_attempts::attempt> called_attempts::enter(std::shared_ptr<const job> what, runner::on_end done) {
  auto which = std::make_shared<attempt>();
  which->what = std::move(what);
  which->done = std::move(done);
  const std::lock_guard guard{mutex_};
  which->number = ++last_number_;
  open_.emplace(which->number, which);
  return which;
}

void called_attempts::call(const std::shared_ptr<attempt>& which, const task_function& code) {
  const auto keeps_code = which->done; // as it may end, and let go of the code, before the code returns
  code.start(
      which->what, which->stopper.get_token(),
      [board = weak_from_this(), which](attempt_result result) {
        if (const auto self = board.lock()) // else the runner is gone, which has ended it
          self->end(which, std::move(result));
      },
      keeps_code.reports());
  const std::lock_guard guard{mutex_};
  which->has_returned = true;
}

void called_attempts::end(const std::shared_ptr<attempt>& which, attempt_result result) {
  runner::on_end done;
  std::optional<stop_reason> stopped;
  {
    const std::lock_guard guard{mutex_};
    if (open_.erase(which->number) == 0)
      return;
    done = std::exchange(which->done, nullptr);
    stopped = which->stopped;
    ++ending_;
  }
  done(with_reason(std::move(result), stopped));
  done = nullptr; // it may hold what ends with the runner
  const std::lock_guard guard{mutex_};
  if (--ending_ == 0)
    none_is_ending_.notify_all();
}

void called_attempts::stop(const job_id& id, stop_reason why) {
  stop_those([&](const attempt& one) { return one.what->id == id; }, why);
}

void called_attempts::stop_all(stop_reason why) {
  stop_those([](const attempt&) { return true; }, why);
}

void called_attempts::stop_those(const std::function<bool(const attempt&)>& is_meant, stop_reason why) {
  std::vector<std::stop_source> stoppers;
  {
    const std::lock_guard guard{mutex_};
    for (auto& [number, one] : open_)
      if (is_meant(*one) && !one->stopped) {
        one->stopped = why;
        stoppers.push_back(one->stopper);
      }
  }
  for (auto& stopper : stoppers)
    stopper.request_stop(); // runs the task's stop callbacks, so without the lock
}

void called_attempts::give_up() {
  std::vector<std::shared_ptr<attempt>> left;
  {
    const std::lock_guard guard{mutex_};
    for (const auto& [number, one] : open_)
      if (one->has_returned)
        left.push_back(one);
  }
  for (const auto& one : left)
    end(one, attempt_result::failed(job_outcome::error, "its completion hasn't come"));
  std::unique_lock lock{mutex_};
  none_is_ending_.wait(lock, [this] { return ending_ == 0; });
}

} // namespace carillon
