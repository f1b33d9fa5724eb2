#pragma once

#include "carillon/runner/isolated.hpp"

#include <string>

namespace carillon_tests {

/// What the system tests, and the processes that they start, can run isolated.
[[nodiscard]] carillon::isolated_tasks make_isolated_tasks();

/// A node that runs the task `deaf` with that FIFO, and does nothing more.
[[nodiscard]] int run_isolated_node_until_killed(const char* leftovers_file, const char* fifo);

/// Tries to register an isolated task in a program without `run_if_isolated`, and writes into the file what it is told.
[[nodiscard]] int register_without_the_line(const char* file);

} // namespace carillon_tests
