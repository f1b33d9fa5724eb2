#pragma once

#include "api/target.hpp"

#include "carillon/base/time.hpp"
#include "carillon/model/policies.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace carillon::app {

// What a command line says, as plain values: one struct for each kind of command.

struct serve_command {
  std::string data = "carillon-data";
  bool memory = false;
  std::vector<std::string> crontabs;
  bool system = false; ///< the crontabs have a user column
  durability level = durability::sync;
  std::string name = "node";
  std::size_t slots = 0;
  std::size_t threads = 0;
  std::optional<duration> stop_grace;
  std::optional<duration> history_retention;
  bool quiet = false;
  std::string log_level = "info";
};

/// When: exactly one of the first five is not empty.
struct trigger_options {
  std::string cron;        ///< the expression of a classic_cron
  std::string crontab_and; ///< the expression of a crontab trigger
  std::string every;
  std::string at;
  std::string json; ///< as `read_text` takes it
  std::string timezone;
};

/// What is run: a command (argv or a shell line), or a task with arguments.
struct work_options {
  std::vector<std::string> argv;
  std::string shell_line;
  std::string task;
  std::string arguments;                ///< JSON, as `read_text` takes it
  std::vector<std::string> environment; ///< NAME=VALUE
  std::string directory;
  std::string standard_input;
  std::string standard_input_file; ///< `-`: this program's own
  std::string user;
  std::string metadata; ///< JSON, as `read_text` takes it
  std::string time_limit;
  std::string result_expiration;
};

struct add_schedule_command {
  std::string id;
  trigger_options when;
  work_options work;
  std::string coalesce;
  std::string overlap;
  std::string misfire_grace;
  std::string max_jitter;
  std::optional<std::uint32_t> max_catch_up;
  bool paused = false;
  bool replace = false;
};

struct run_job_command {
  work_options work;
  std::string id;
  std::string not_before;
  std::string start_deadline;
  bool wait = false;
};

/// What there is of a kind, page by page.
struct list_command {
  std::string kind; ///< `schedules`, `jobs`, `tasks`, `events`, `skips`: the name of the list in the answer
  target what;
  std::optional<std::size_t> limit; ///< none: all
  std::string after;
};

struct follow_command {
  target what;
};

/// One of a kind.
struct show_command {
  std::string kind; ///< `schedule`, `job`, `task`
  std::string id;
};

/// Something done to each of several schedules or jobs.
struct change_command {
  enum class verb { pause, resume, remove, cancel };
  verb what = verb::pause;
  std::vector<std::string> ids;
  std::string from; ///< resume: since when missed fire times are made up for
};

struct job_result_command {
  std::string id;
  bool wait = false;
};

struct next_command {
  trigger_options when;
  std::size_t count = 10;
  std::string from;
  bool describe = false;
  bool stream = false;
};

struct status_command {};
struct check_command {};
struct version_command {};

using command =
    std::variant<serve_command, add_schedule_command, run_job_command, list_command, follow_command, show_command,
                 change_command, job_result_command, next_command, status_command, check_command, version_command>;

/// A whole command line.
struct invocation {
  std::string socket; ///< empty: not said
  bool json = false;
  command what;
};

/// How the program ends. A job that was waited for and didn't succeed counts as refused.
enum class exit_code : int { success = 0, usage = 1, refused = 2, unreachable = 3, internal = 4 };

} // namespace carillon::app
