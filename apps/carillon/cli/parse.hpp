#pragma once

#include "cli/commands.hpp"

namespace carillon::app {

/// A command line that is answered by text alone: a help text, or what is wrong with it.
struct parse_end {
  exit_code code = exit_code::usage;
  std::string text;
};

/// Reads the arguments, without the program's name. What stands after the first `--` is a command to run. Looks at the
/// environment variable CARILLON_SOCKET.
[[nodiscard]] std::variant<invocation, parse_end> parse_command_line(std::vector<std::string> arguments);

} // namespace carillon::app
