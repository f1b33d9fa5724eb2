#include "runner/called_attempts.hpp"

#include "runner/stopped_outcome.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace carillon {

called_attempts::list called_attempts::make(std::shared_ptr<const job> what, const task_function* code,
                                            runner::on_end done) {
  list one;
  one.push_back(std::make_shared<attempt>(std::move(what), code, std::move(done)));
  return one;
}

std::shared_ptr<called_attempts::attempt> called_attempts::enter(list& from) {
  const std::lock_guard guard{mutex_};
  open_.splice(open_.end(), from, from.begin());
  const auto which = open_.back();
  which->place = std::prev(open_.end());
  return which;
}

void called_attempts::call(const std::shared_ptr<attempt>& which) {
  const auto keeps_code = which->done; // as it may end, and let go of the code, before the code returns
  which->code->start(
      which->what, which->stopper.get_token(),
      [board = weak_from_this(), which](attempt_result result) {
        if (const auto self = board.lock()) // else the runner is gone, which has ended it
          self->end(which, std::move(result));
      },
      keeps_code.reports());
  which->has_returned = true;
}

void called_attempts::end(const std::shared_ptr<attempt>& which, attempt_result result) {
  runner::on_end done;
  std::optional<stop_reason> stopped;
  list ended;
  {
    const std::lock_guard guard{mutex_};
    if (!which->place)
      return;
    ended.splice(ended.end(), open_, *std::exchange(which->place, std::nullopt));
    done = std::exchange(which->done, nullptr);
    stopped = which->stopped;
    ++ending_;
  }
  done(with_reason(std::move(result), stopped));
  done = nullptr; // it may hold what ends with the runner
  if (--ending_ == 0)
    ending_.notify_all();
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
    for (const auto& one : open_)
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
    for (const auto& one : open_)
      if (one->has_returned)
        left.push_back(one);
  }
  for (const auto& one : left)
    end(one, attempt_result::failed(job_outcome::error, "its completion hasn't come"));
  for (auto ending = ending_.load(); ending > 0; ending = ending_.load())
    ending_.wait(ending);
}

} // namespace carillon
