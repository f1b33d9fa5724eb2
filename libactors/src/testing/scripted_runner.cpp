#include "carillon/testing/world.hpp"

#include <algorithm>

namespace carillon::testing {

void scripted_runner::start(std::shared_ptr<const job> what, const task_function*, on_end done) {
  started_.push_back(what);
  if (script)
    done(script(*what));
  else
    running_.push_back({std::move(what), std::nullopt, std::move(done)});
}

void scripted_runner::stop(const job_id& id, stop_reason why) {
  for (auto& one : running_)
    if (one.what->id == id)
      one.stop_asked = why;
}

report_sink& scripted_runner::reports(const job_id& id) {
  const auto found =
      std::find_if(running_.begin(), running_.end(), [&](const attempt& one) { return one.what->id == id; });
  CARILLON_ASSERT(found != running_.end());
  return *found->done.reports();
}

void scripted_runner::finish(const job_id& id, attempt_result outcome) {
  const auto found =
      std::find_if(running_.begin(), running_.end(), [&](const attempt& one) { return one.what->id == id; });
  CARILLON_ASSERT(found != running_.end());
  const auto done = std::move(found->done);
  running_.erase(found);
  done(std::move(outcome));
}

} // namespace carillon::testing
