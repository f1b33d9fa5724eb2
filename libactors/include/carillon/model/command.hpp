#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/value.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// The arguments of the `command` task: one child process. Kept in a job as a `value`. The texts may be any bytes but NUL, as
/// a program takes them, UTF-8 or not; the names of variables are UTF-8.
struct command_spec {
  std::vector<std::string> argv{}; ///< program and arguments; exactly one of argv and shell_line is given
  std::string shell_line{};        ///< for `<shell> -c`
  std::string shell = "/bin/sh";   ///< never empty; without a `/` it is looked for in the command's PATH
  std::map<std::string, std::string> environment{}; ///< added to the node's
  bool clear_environment = false;                   ///< start from nothing instead of the node's environment
  std::string working_directory{}; ///< empty: the node's; `~` at its beginning: HOME of the command's environment
  std::string standard_input{};    ///< written to it, then closed
  std::string user{};              ///< run as; empty: as the node. Needs a node that runs as root.
  duration kill_after = std::chrono::seconds{5}; ///< from TERM to KILL

  friend bool operator==(const command_spec&, const command_spec&) = default;
};

/// As the arguments of a job: what is as by default is left out. Doesn't check: `to_command_spec` does.
[[nodiscard]] value to_value(const command_spec& spec);
/// Errors: ec::invalid_argument, naming the field.
[[nodiscard]] result<command_spec> to_command_spec(const value& arguments);

/// What the `command` runner records as a job's result.
struct command_result {
  std::optional<int> exit_code; ///< none: ended by a signal or never started
  std::optional<int> signal;    ///< its number; none: it exited or never started
  /// UTF-8; a line between the halves says how much was left out.
  std::string output;             ///< standard output and error together; first and last half if cut
  std::uint64_t output_bytes = 0; ///< how much there was

  friend bool operator==(const command_result&, const command_result&) = default;
};

/// As the result of a job, which `to_command_result` reads back.
[[nodiscard]] value to_value(const command_result& outcome);
/// Nothing if the value isn't one of a command.
[[nodiscard]] std::optional<command_result> to_command_result(const value& result);

} // namespace carillon
#pragma GCC visibility pop
