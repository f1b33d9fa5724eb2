#pragma once

#include "carillon/model/task.hpp"

#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// The task of HTTP requests, which every store knows, and a node with node_config::http runs: its arguments are an `http_spec`.
inline constexpr const char* http_task = "http";

/// A task that needs no code, and so isn't registered. Its runner has its name, and runs nothing else.
[[nodiscard]] constexpr bool is_built_in(std::string_view task_or_runner) noexcept {
  return task_or_runner == command_task || task_or_runner == http_task;
}

/// Whether that runner may run that task: a built-in task and its runner need each other.
[[nodiscard]] constexpr bool is_run_by(std::string_view task, std::string_view runner) noexcept {
  return is_built_in(task) || is_built_in(runner) ? task == runner : true;
}

} // namespace carillon
#pragma GCC visibility pop
