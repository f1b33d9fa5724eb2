#include "runtime/task_settings.hpp"

#include <fmt/format.h>

namespace carillon::runtime {

task new_task(std::string id, const task_defaults& defaults) {
  task made;
  made.id = std::move(id);
  if (made.id == command_task)
    made.runner = command_task;
  made.max_running_jobs = defaults.max_running_jobs;
  made.misfire_grace_time = defaults.misfire_grace_time;
  made.time_limit = defaults.time_limit;
  if (defaults.result_expiration)
    made.result_expiration = *defaults.result_expiration;
  made.metadata = defaults.metadata;
  return made;
}

task say(task recorded, const task& said, const task_defaults& defaults) {
  const task silent;
  const auto take = [&](auto task::*setting) {
    if (said.*setting != silent.*setting)
      recorded.*setting = said.*setting;
  };
  if (!said.runner.empty())
    recorded.runner = said.runner;
  take(&task::max_running_jobs);
  take(&task::misfire_grace_time);
  take(&task::time_limit);
  take(&task::result_expiration);
  take(&task::on_loss);
  take(&task::retry);
  if (!said.metadata.empty()) {
    recorded.metadata = said.metadata;
    recorded.metadata.insert(defaults.metadata.begin(), defaults.metadata.end());
  }
  return recorded;
}

result<void> check_runner(const std::string& task_id, const std::string& runner) {
  const bool is_built_in = task_id == command_task;
  if (runner.empty() || (is_built_in ? runner == command_task : runner == "thread_pool" || runner == "inline"))
    return {};
  return {ec::invalid_argument, fmt::format("runner: no node runs the task {:?} by {:?}; there is {}", task_id, runner,
                                            is_built_in ? command_task : "thread_pool and inline")};
}

} // namespace carillon::runtime
