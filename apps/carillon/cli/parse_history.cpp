#include "cli/option_sets.hpp"

namespace carillon::app {
namespace {

// A list of what there is of one schedule: /schedules/ID/KIND.
void add_list_of_schedule(CLI::App& group, parse_state& state, const char* kind, const command_text& text) {
  const auto id = std::make_shared<std::string>();
  add_command<list_command>(
      group, state, text,
      [&](CLI::App& sub, list_command& list) {
        list.kind = kind;
        sub.add_option("id", *id, "Of which schedule")->required()->type_name("ID");
        add_list_options(sub, state, list);
      },
      [id](list_command& list) {
        list.what.segments = {"schedules", *id, list.kind};
      });
}

template <class Command>
void add_id(CLI::App& sub, parse_state& state, Command& what) {
  sub.add_option("id", what.id, "Which one")->required()->type_name("ID");
  add_json_option(sub, state);
}

} // namespace

void add_history_commands(CLI::App& group, parse_state& state) {
  add_list_of_schedule(group, state, "skips",
                       {"skips", "List the fire times that made no job, and why; also those of a removed schedule",
                        "carillon schedule skips backup"});
  add_list_of_schedule(group, state, "definitions",
                       {"definitions",
                        "List what its settings were before they were replaced; also those of a removed schedule",
                        "carillon schedule definitions backup"});
  add_command<explain_command>(
      group, state,
      {"explain", "Say why it fired, or didn't, at each of its last fire times, and what comes next",
       "carillon schedule explain backup --limit 5"},
      [&](CLI::App& sub, explain_command& what) {
        add_id(sub, state, what);
        add_parameter(sub, what.what, "--limit", "limit", "How many fire times, or ranges of them; 20 if not given")
            ->type_name("N")
            ->expected(1);
        add_parameter(sub, what.what, "-n,--coming", "coming", "How many of the next fire times; 5 if not given")
            ->type_name("N")
            ->expected(1);
      });
  add_command<preview_command>(
      group, state,
      {"preview", "Show what it would do if it were planned now, or resumed; changes nothing",
       "carillon schedule preview backup --from 2026-03-29T00:00Z -n 3"},
      [&](CLI::App& sub, preview_command& what) {
        add_id(sub, state, what);
        add_parameter(sub, what.what, "--from", "from",
                      "As if it were resumed from then on; a paused one: from now if not given")
            ->type_name("TIME")
            ->expected(1);
        add_parameter(sub, what.what, "-n,--coming", "coming", "How many fire times after that; 5 if not given")
            ->type_name("N")
            ->expected(1);
      });
}

void add_store_commands(CLI::App& app, parse_state& state) {
  auto& group = add_group(app, "store", "Look after the node's store, or look into one on disk",
                          "carillon store clean\n  carillon store dump --data ./carillon-data --family tasks");
  add_record_commands(group, state);
  add_backup_commands(app, state);
  add_command<clean_command>(
      group, state,
      {"clean", "Remove from the disk what has expired; happens once a day by itself", "carillon store clean"},
      [&](CLI::App& sub, clean_command&) { add_json_option(sub, state); });
  add_command<verify_command>(
      app, state,
      {"verify", "Check the history in a data folder: each fire time has exactly one job or one skip",
       "carillon verify --data ./carillon-data\n\n"
       "Needs no node, changes nothing, and works beside a node that holds the folder.\n"
       "Exit codes: 0 no fault; 2 faults were found; 4 the store can't be read."},
      [&](CLI::App& sub, verify_command& what) {
        sub.add_option("--data", what.data, "The data folder")->type_name("DIR")->capture_default_str();
        add_json_option(sub, state);
      });
}

} // namespace carillon::app
