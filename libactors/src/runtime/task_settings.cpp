#include "runtime/task_settings.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace carillon::runtime {

task new_task(std::string id, const task_defaults& defaults) {
  task made;
  made.id = std::move(id);
  if (is_built_in(made.id))
    made.runner = made.id;
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
  take(&task::rate);
  take(&task::misfire_grace_time);
  take(&task::time_limit);
  take(&task::result_expiration);
  take(&task::on_loss);
  take(&task::retry);
  take(&task::labels);
  if (!said.metadata.empty()) {
    recorded.metadata = said.metadata;
    recorded.metadata.insert(defaults.metadata.begin(), defaults.metadata.end());
  }
  return recorded;
}

result<void> check_runner(const std::string& task_id, const std::string& runner,
                          const std::vector<std::string>& runners) {
  std::vector<std::string> fitting;
  if (is_built_in(task_id))
    fitting.push_back(task_id);
  else
    std::ranges::copy_if(runners, std::back_inserter(fitting), [](const std::string& x) { return !is_built_in(x); });
  if (runner.empty() || std::ranges::find(fitting, runner) != fitting.end())
    return {};
  return {ec::invalid_argument, fmt::format("runner: this node doesn't run the task {} by {}; there is {}",
                                            quote(task_id), quote(runner), fmt::join(fitting, ", "))};
}

result<void> check_isolated(const task& settings, const isolated_tasks* known) {
  if (settings.runner != "isolated" || (known != nullptr && known->find(settings.id) != nullptr))
    return {};
  if (known != nullptr)
    return {ec::invalid_argument,
            fmt::format("runner: the task {} isn't among those that run_if_isolated was given: add "
                        "it there",
                        quote(settings.id))};
  return {ec::invalid_argument, "runner: isolated tasks need a first line in main: "
                                "if (const auto code = carillon::run_if_isolated(argc, argv, tasks)) return *code;"};
}

} // namespace carillon::runtime
