#pragma once

#include "import/imported.hpp"

#include <string>

namespace carillon::app {

struct apscheduler3_settings {
  std::string database; ///< SQLite
  std::string table = "apscheduler_jobs";
  std::string python = "python3"; ///< reads it; where it has APScheduler, that says what comes next
  bool as_commands = false;       ///< the functions become commands of that Python, instead of tasks of their name
};

/// Has a Python read the job store of APScheduler 3. A job's state is a pickle, which may call anything when it is loaded: the
/// script (apscheduler3.py) reads it without loading any class that it names, in a process of its own. A job that can't be read so is a
/// fault, and the others go on. Errors: those of `ask_program`.
[[nodiscard]] result<import_plan> read_apscheduler3(const apscheduler3_settings& settings);

/// The same from what the script says, a JSON object a line. Pure.
[[nodiscard]] import_plan parse_apscheduler3(const std::string& lines, const apscheduler3_settings& settings);

} // namespace carillon::app
