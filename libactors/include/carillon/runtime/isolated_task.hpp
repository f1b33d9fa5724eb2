#pragma once

#include "carillon/runner/isolated.hpp"
#include "carillon/runtime/node.hpp"

#pragma GCC visibility push(default)
/// @file
/// Tasks whose code runs in a process of its own. Beside node.hpp, as few programs have one.
namespace carillon {

/// `node::register_task` with the runner `isolated` and the code that `run_if_isolated` was given for this task. Errors: those of that;
/// ec::invalid_argument if it wasn't called, or has no such task.
[[nodiscard]] result<void> register_isolated_task(node& where, task settings);

} // namespace carillon
#pragma GCC visibility pop
