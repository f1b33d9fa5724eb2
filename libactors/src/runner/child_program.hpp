#pragma once

#include "carillon/base/result.hpp"
#include "runner/launcher_wire.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// Whom a program runs as.
struct user_identity {
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
};

/// All that must be known before the fork, as afterwards nothing may allocate.
struct child_program {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< `NAME=content`
  std::vector<std::string> paths;        ///< where the program may be, in the order of trying
  std::string search_path;               ///< the PATH that `paths` came from; empty: none was used
  std::string working_directory;         ///< empty: the launcher's
  std::optional<user_identity> identity; ///< none: the launcher's
};

/// `inherited` is an environment such as `environ`. A user's HOME, LOGNAME, USER and SHELL are set unless the command
/// sets them, as cron does. A working directory `~`, or one that begins with `~/`, means the HOME of the command's
/// environment. Errors, each naming what is wrong: ec::not_found (user), ec::permission_denied (another user, and we
/// aren't root).
[[nodiscard]] result<child_program> prepare_child_program(const start_command& command, char** inherited);

} // namespace carillon
