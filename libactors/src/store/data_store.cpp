#include "carillon/store/data_store.hpp"

#include "carillon/model/built_in.hpp"

#include <algorithm>

namespace carillon {

bool demand::fits(const std::string& task, const std::string& runner,
                  const std::vector<std::string>& required_labels) const {
  return std::find(runners.begin(), runners.end(), runner) != runners.end() &&
         (is_built_in(task) || std::binary_search(tasks.begin(), tasks.end(), task)) &&
         std::includes(labels.begin(), labels.end(), required_labels.begin(), required_labels.end());
}

job make_job(const due_schedule& due) {
  const auto& definition = due.what.definition;
  job made;
  made.task = definition.task;
  made.arguments = definition.arguments;
  made.schedule_id = definition.id;
  made.incarnation = due.what.state.incarnation;
  made.time_limit = due.time_limit;
  made.result_expiration = due.result_expiration;
  made.overlap = definition.overlap;
  made.retry = due.retry;
  made.limit = definition.limit;
  made.rate = definition.rate;
  made.priority = definition.priority;
  made.follow_ups = definition.follow_ups;
  made.runner = definition.runner;
  made.metadata = due.metadata;
  return made;
}

} // namespace carillon
