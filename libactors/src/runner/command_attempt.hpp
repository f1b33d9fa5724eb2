#pragma once

#include "carillon/runner/runner.hpp"
#include "runner/launcher_wire.hpp"

namespace carillon {

/// What the launcher is told for one attempt of a job; `attempt` is left 0. Errors: ec::invalid_argument if the
/// arguments aren't those of a command.
[[nodiscard]] result<start_command> make_start_command(const job& what);

/// Time from TERM to KILL for a command that is stopped for that reason.
[[nodiscard]] duration kill_after(const job& what, stop_reason why);

/// How the attempt ended, by what the launcher said. `stopped`: the first reason for which it was told to stop.
[[nodiscard]] attempt_result to_attempt_result(command_ended ended, std::optional<stop_reason> stopped);

} // namespace carillon
