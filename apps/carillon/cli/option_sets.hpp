#pragma once

#include "cli/commands.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace carillon::app {

// Options that several commands have. Each binds to a struct that must outlive the parsing.

/// What the arguments of one command line are read into.
struct parse_state {
  invocation read;
  std::vector<std::string> argv; ///< what stood after `--`
  bool has_argv = false;
};

struct command_text {
  const char* name;
  const char* description;
  const char* example;
};

/// Adds a subcommand whose struct `T` is filled by the options that `define(sub, options)` adds, is checked by
/// `complete(options)`, and becomes the result.
template <class T, class Define, class Complete>
void add_command(CLI::App& parent, parse_state& state, const command_text& text, Define define, Complete complete) {
  auto* sub = parent.add_subcommand(text.name, text.description);
  sub->footer(std::string{"Example:\n  "} + text.example);
  const auto options = std::make_shared<T>();
  define(*sub, *options);
  sub->callback([options, complete, &state] {
    complete(*options);
    state.read.what = *options;
  });
}

template <class T, class Define>
void add_command(CLI::App& parent, parse_state& state, const command_text& text, Define define) {
  add_command<T>(parent, state, text, std::move(define), [](T&) {});
}

/// A command that has commands of its own.
CLI::App& add_group(CLI::App& parent, const char* name, const char* description, const char* example);

void add_json_option(CLI::App& sub, parse_state& state);
void add_trigger_options(CLI::App& sub, trigger_options& when);
void add_work_options(CLI::App& sub, work_options& work);
void add_retry_options(CLI::App& sub, retry_options& retry);

/// The options of every list, and its `--json`.
void add_list_options(CLI::App& sub, parse_state& state, list_command& list);

/// An option that becomes a parameter of the request, as often as it is given.
CLI::Option* add_parameter(CLI::App& sub, target& what, const char* option, const char* parameter,
                           const char* description);

/// `show ID`, of a schedule and the like.
void add_show_command(CLI::App& group, parse_state& state, const char* kind, const char* example);

/// Something that is done to each of the ids given.
void add_change_command(CLI::App& group, parse_state& state, change_command::verb verb, const command_text& text);

/// An option that is a length of time.
CLI::Option* add_duration_option(CLI::App& sub, const char* name, std::string& into, const char* description);

/// What such an option holds; none: it isn't given.
[[nodiscard]] std::optional<duration> read_duration(const std::string& text);

/// `--rate`, as COUNT/DURATION.
CLI::Option* add_rate_option(CLI::App& sub, std::string& into, const char* description, bool or_none);

/// The same; `none` says that there is none.
CLI::Option* add_duration_or_none_option(CLI::App& sub, const char* name, std::string& into, const char* description);

/// Takes the command after `--`, if there is one. Throws CLI::ValidationError unless exactly one thing to run is named.
void complete_work(work_options& work, parse_state& state);
/// Throws CLI::ValidationError unless there is exactly one trigger.
void check_trigger(const trigger_options& when);

void add_serve_command(CLI::App& app, parse_state& state);
void add_cluster_commands(CLI::App& app, parse_state& state);
void add_node_commands(CLI::App& app, parse_state& state);
void add_schedule_commands(CLI::App& app, parse_state& state);
/// Those of the group `schedule` that look at what it did and will do.
void add_history_commands(CLI::App& group, parse_state& state);
void add_job_commands(CLI::App& app, parse_state& state);
void add_task_commands(CLI::App& app, parse_state& state);
/// `verify` and `store`.
void add_store_commands(CLI::App& app, parse_state& state);
/// Those of the group `store` that look into a data folder.
void add_record_commands(CLI::App& group, parse_state& state);
/// `import` and `export`.
void add_import_commands(CLI::App& app, parse_state& state);
/// `backup` and `restore`.
void add_backup_commands(CLI::App& app, parse_state& state);
void add_simulate_command(CLI::App& app, parse_state& state);
void add_bench_commands(CLI::App& app, parse_state& state);
void add_other_commands(CLI::App& app, parse_state& state);

} // namespace carillon::app
