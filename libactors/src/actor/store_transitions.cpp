#include "actor/store_transitions.hpp"

#include "carillon/base/log.hpp"

#include <fmt/format.h>

namespace carillon::actor {

jobs_added add_all(data_store& store, add_jobs& request) {
  jobs_added answer;
  answer.jobs.reserve(request.jobs.size());
  for (auto& one : request.jobs) {
    const auto id = one.id;
    auto added = store.add_job(std::move(one));
    answer.jobs.push_back(added ? added_job{(*added)->id} : added_job{id, added.err().code(), added.err().text()});
    if (added && request.tell_jobs)
      answer.whole.push_back(**added);
  }
  return answer;
}

fire_plans_committed commit_plans(data_store& store, std::vector<fire_plan>& plans) {
  fire_plans_committed answer;
  for (auto& plan : plans) {
    const auto committed = store.commit_fire_plan(std::move(plan));
    answer.refused.push_back(committed ? ec::none : committed.err().code());
  }
  return answer;
}

// A report that is refused harms itself alone: a stale one is expected, and the store has said so in an event. A database that
// fails makes the commit fail, and all reports come again.
void record_reports(data_store& store, report_attempts& reports) {
  const auto note = [](const attempt_id& which, const result<void>& recorded) {
    if (!recorded && recorded.err().code() != ec::stale_token)
      log(log_level::warning,
          fmt::format("the end of job {} isn't recorded: {}", which.job.to_string(), recorded.err().text()));
  };
  for (auto& ended : reports.finished) {
    const auto which = ended.attempt;
    note(which, store.finish_attempt(std::move(ended)));
  }
  for (const auto& released : reports.released)
    note(released, store.release_attempt(released));
}

} // namespace carillon::actor
