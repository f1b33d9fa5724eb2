#pragma once

#include "carillon/runtime/node.hpp"

namespace carillon::runtime {

/// The settings of a task that isn't recorded yet.
[[nodiscard]] task new_task(std::string id, const task_defaults& defaults);

/// What is recorded when code says `said` of a task with the settings `recorded`: see node::register_task. An empty runner says
/// nothing.
[[nodiscard]] task say(task recorded, const task& said, const task_defaults& defaults);

/// A node runs the built-in task with the runner `command`, and code with `inline` and `thread_pool`. `runner` empty: none is
/// named. Errors: ec::invalid_argument.
[[nodiscard]] result<void> check_runner(const std::string& task_id, const std::string& runner);

} // namespace carillon::runtime
