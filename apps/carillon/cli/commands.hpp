#pragma once

#include "api/target.hpp"

#include "carillon/base/time.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/model/task.hpp"
#include "carillon/runtime/cluster_config.hpp"

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
  std::string name;      ///< empty: made
  bool scheduler = true; ///< roles
  bool worker = true;
  cluster_config cluster;
  std::size_t slots = 0;
  std::size_t threads = 0;
  std::optional<duration> stop_grace;
  std::optional<duration> history_retention;
  std::string http_ca; ///< file of certificates that `http` jobs trust; empty: the system's
  bool quiet = false;
  std::vector<std::string> labels;
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

/// An HTTP request: none, without `url`.
struct http_options {
  std::string url;
  std::string method;
  std::vector<std::string> headers; ///< Name: content
  std::string body;                 ///< as `read_text` takes it
  std::string time_limit;
  std::string success;
  bool follow_redirects = false;
  std::optional<std::uint64_t> keep_body_bytes;

  friend bool operator==(const http_options&, const http_options&) = default;
};

/// What is run: a command (argv or a shell line), an HTTP request, or a task with arguments.
struct work_options {
  std::vector<std::string> argv;
  std::string shell_line;
  http_options http;
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
  std::string runner;
  std::string limit_key;
  std::optional<std::uint32_t> limit_maximum;
  std::string rate_key;
  std::string rate; ///< COUNT/DURATION
  std::optional<std::int32_t> priority;
  std::string follow_ups; ///< JSON, as `read_text` takes it
};

/// What becomes of a job that failed; nothing is said without `retries`.
struct retry_options {
  std::optional<std::uint32_t> retries;
  std::string delay;
  std::string backoff;
  std::string max_delay;
  std::optional<std::uint32_t> jitter_percent;
  std::vector<std::string> outcomes;
  std::vector<std::int32_t> exit_codes;
};

struct add_schedule_command {
  std::string id;
  trigger_options when;
  work_options work;
  retry_options retry;
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
  retry_options retry;
  std::string id;
  std::string not_before;
  std::string start_deadline;
  std::string unique_key;
  std::string unique_window; ///< empty: until it is finished
  bool wait = false;
};

/// What there is of a kind, page by page.
struct list_command {
  std::string
      kind; ///< `schedules`, `jobs`, `dead_letters`, `tasks`, `events`, `skips`, `definitions`: the name of the list in the answer
  target what;
  std::optional<std::size_t> limit; ///< none: all
  std::string after;
};

struct follow_command {
  target what;
  std::optional<std::size_t> count; ///< ends after so many
};

/// One of a kind.
struct show_command {
  std::string kind; ///< `schedule`, `job`, `task`
  std::string id;
};

/// Something done to each of several schedules, jobs or tasks.
struct change_command {
  enum class verb { pause, resume, remove, run, cancel, rerun, drop, remove_task, resume_node, remove_node };
  verb what = verb::pause;
  std::vector<std::string> ids;
  std::string from;   ///< resume: since when missed fire times are made up for
  std::string new_id; ///< of the job that it adds
  bool force = false; ///< remove_task: its schedules and pending jobs go along

  [[nodiscard]] bool adds_job() const noexcept { return what == verb::run || what == verb::rerun; }
};

/// Jobs of a schedule for fire times that lie behind.
struct backfill_command {
  std::string id; ///< of the schedule
  std::string from;
  std::string to; ///< empty: now
  std::string which;
  std::string overlap;
  std::optional<std::uint32_t> max_running;
  std::optional<std::int32_t> priority;
  std::string backfill_id; ///< empty: made
};

/// Settings of a task. Empty: as it is; `none`: none.
struct set_task_command {
  std::string id;
  std::string runner;
  std::string max_running;
  std::string rate; ///< COUNT/DURATION
  std::string misfire_grace;
  std::string time_limit;
  std::string result_expiration;
  std::string on_loss;
  std::vector<std::string> labels; ///< `none` alone: none
  std::string metadata;            ///< JSON, as `read_text` takes it
  retry_options retry;
};

/// A node gets no jobs any more.
struct drain_node_command {
  std::string name;
  bool hand_back = false;       ///< what runs there is stopped, and begins elsewhere
  std::optional<duration> wait; ///< until nothing runs there any more, so long at most
};

struct job_result_command {
  std::string id;
  bool wait = false;
};

/// What a job has said of itself.
struct job_logs_command {
  std::string id;
  bool follow = false; ///< until it has ended
};

struct next_command {
  trigger_options when;
  std::size_t count = 10;
  std::string from;
  bool describe = false;
  bool stream = false;
};

/// Why a schedule fired, or didn't.
struct explain_command {
  std::string id;
  target what; ///< the parameters
};

/// What a schedule would do now, or if it were resumed.
struct preview_command {
  std::string id;
  target what; ///< the parameters
};

/// Schedules in virtual time. At least one of the first three is not empty.
struct simulate_command {
  std::vector<std::string> crontabs;
  std::string configuration;        ///< JSON, as `read_text` takes it
  std::string data;                 ///< the folder of a store that is copied
  bool system = false;              ///< the crontabs have a user column
  std::string from;                 ///< empty: now
  std::string to;                   ///< empty: a day later
  std::vector<std::string> assumed; ///< DURATION or NAME=DURATION
  std::optional<std::size_t> slots;
  std::vector<std::string> pauses, resumes; ///< ID=TIME
  std::vector<std::string> no_scheduler;    ///< TIME/TIME
  std::vector<std::string> schedules;       ///< only these are shown; empty: all
  std::optional<std::size_t> limit;         ///< so many decisions are shown
};

/// The history of a store on disk, checked without a node.
struct verify_command {
  std::string data = "carillon-data";
};

/// A simulated cluster under faults.
struct sim_command {
  std::uint64_t seed = 0; ///< the first one; 0: a fresh one
  std::uint64_t seeds = 1;
  double hours = 1;
  std::size_t nodes = 3;
  std::size_t schedules = 20;
  std::string period = "5s"; ///< the shortest of their triggers
  std::string faults = "full";
  std::string store = "memory";
  std::string trace; ///< a file; `-`: standard output
};

/// The cluster's own authority.
struct make_authority_command {
  std::string folder = "carillon-authority";
  std::string cluster = cluster_config{}.name;
};
struct issue_certificate_command {
  std::string folder = make_authority_command{}.folder;
  std::string name; ///< of the node
  duration validity{};
};

/// What is measured, and with which sizes; each measurement uses some of them.
struct bench_command {
  std::string name; ///< `throughput` and so on
  std::string data; ///< empty: a folder that is removed in the end
  std::vector<durability> levels;
  std::size_t jobs = 100'000;
  std::size_t batch = 500; ///< jobs that one request adds
  std::size_t in_flight = 8;
  std::size_t producers = 1;
  std::size_t argument_size_bytes = 0;
  std::size_t job_microseconds = 0; ///< how long each job keeps a processor busy
  std::size_t processes = 0;        ///< workers beside the node; 0: it is one itself
  std::size_t slots = 0;
  std::size_t threads = 0;
  std::string runner = task{}.runner;
  std::vector<std::size_t> schedules; ///< several: one after the other
  double seconds = 0;
  std::string history_retention; ///< empty: as a node has it by itself
};

/// What has expired leaves the disk.
struct clean_command {};

/// A copy of a store.
struct backup_command {
  std::string folder; ///< a new one
  std::string data;   ///< of a store that nobody holds; empty: the node's
};
/// A store made of a backup.
struct restore_command {
  std::string backup;
  std::string data = "carillon-data"; ///< a new folder
  bool resume = false;
};

/// The records of a store on disk, or of a backup.
struct dump_command {
  std::string data = "carillon-data";
  std::string family;               ///< empty: all
  std::string key;                  ///< as it is shown; empty: all
  std::optional<std::size_t> limit; ///< none: all
  bool raw = false;                 ///< with their bytes
};
struct inspect_command {
  std::string data = "carillon-data";
};
struct repair_command {
  std::string data = "carillon-data";
};

/// Schedules that stand somewhere else; exactly one source is named.
struct import_command {
  std::string file; ///< that `export` has written; `-`: standard input
  std::vector<std::string> crontabs;
  bool system = false;      ///< the crontabs have a user column
  std::string apscheduler3; ///< an SQLite database
  std::string table = "apscheduler_jobs";
  std::string python = "python3"; ///< that reads it
  bool as_commands = false;       ///< its functions become commands of that Python
  bool systemd_timers = false;
  bool dry_run = false;
  bool paused = false;
  bool replace = false;
};
/// All tasks and schedules.
struct export_command {};

/// What would keep a node from its work.
struct doctor_command {
  std::string data;   ///< empty: not said
  std::string config; ///< a node's configuration file; empty: none
};

struct status_command {};
/// Of the node's store, or of files.
struct check_command {
  std::vector<std::string> files; ///< empty: of the store
  std::string kind;               ///< `config`, `crontab`, `system-crontab`, `export`; empty: by the file's name
};
struct version_command {};

using command =
    std::variant<serve_command, add_schedule_command, run_job_command, list_command, follow_command, show_command,
                 change_command, set_task_command, job_result_command, next_command, status_command, check_command,
                 version_command, explain_command, preview_command, verify_command, clean_command, sim_command,
                 simulate_command, job_logs_command, backfill_command, drain_node_command, make_authority_command,
                 issue_certificate_command, backup_command, restore_command, dump_command, inspect_command,
                 repair_command, doctor_command, import_command, export_command, bench_command>;

/// A whole command line.
struct invocation {
  std::string socket; ///< empty: not said
  bool json = false;
  command what;
};

/// How the program ends. A job that was waited for and didn't succeed counts as refused.
enum class exit_code : int { success = 0, usage = 1, refused = 2, unreachable = 3, internal = 4 };

} // namespace carillon::app
