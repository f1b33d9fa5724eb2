#pragma once

#include "carillon/runner/isolated.hpp"
#include "carillon/runtime/node.hpp"

namespace carillon::runtime {

/// The settings of a task that isn't recorded yet.
[[nodiscard]] task new_task(std::string id, const task_defaults& defaults);

/// What is recorded when code says `said` of a task with the settings `recorded`: see node::register_task. An empty runner says
/// nothing.
[[nodiscard]] task say(task recorded, const task& said, const task_defaults& defaults);

/// A node runs a built-in task with the runner of its name, and code with any other of its `runners`. `runner` empty: none is
/// named. Errors: ec::invalid_argument.
[[nodiscard]] result<void> check_runner(const std::string& task_id, const std::string& runner,
                                        const std::vector<std::string>& runners);

/// Whether a task that names the runner `isolated` can run by it in this program, whose isolated tasks are `known` (null:
/// run_if_isolated wasn't called). Errors: ec::invalid_argument, which says what to do.
[[nodiscard]] result<void> check_isolated(const task& settings, const isolated_tasks* known);

} // namespace carillon::runtime
