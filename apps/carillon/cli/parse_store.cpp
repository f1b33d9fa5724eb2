#include "cli/option_sets.hpp"

#include <limits>

namespace carillon::app {
namespace {

void add_folder(CLI::App& sub, std::string& into, const char* description) {
  sub.add_option("--data", into, description)->type_name("DIR")->capture_default_str();
}

} // namespace

void add_record_commands(CLI::App& group, parse_state& state) {
  add_command<dump_command>(
      group, state,
      {"dump", "Print the records of a data folder or a backup, one JSON object a line",
       "carillon store dump --data ./carillon-data --family jobs --limit 20\n"
       "  carillon store dump --data ./backup --key report | jq .record\n\n"
       "Needs no node, changes nothing, and works beside a node that holds the folder. A line has the record's family "
       "and\n"
       "key, when it expires, what it says, and if it can't be read why, with its bytes (base64)."},
      [&](CLI::App& sub, dump_command& what) {
        add_folder(sub, what.data, "The data folder, or a backup");
        sub.add_option("--family", what.family, "Only those of this family: tasks, definitions, states, jobs, ...")
            ->type_name("NAME");
        sub.add_option("--key", what.key, "Only the one with this key, as it is printed")->type_name("KEY");
        sub.add_option("--limit", what.limit, "At most so many")
            ->type_name("N")
            ->check(CLI::Range(std::size_t{0}, std::numeric_limits<std::size_t>::max() / 2));
        sub.add_flag("--raw", what.raw, "Print also the bytes of key and value");
        sub.add_flag("--json", state.read.json, "It is JSON in any case");
      });
  add_command<inspect_command>(
      group, state,
      {"check", "Check the records of a data folder or a backup: what can't be read, what doesn't fit, the quarantine",
       "carillon store check --data ./carillon-data\n\n"
       "Needs no node, changes nothing, and works beside a node that holds the folder. Finds all that `carillon "
       "verify`\n"
       "finds, and says of each record what `carillon store repair` would do about it.\n"
       "Exit codes: 0 nothing is wrong; 2 faults were found; 4 the store can't be read."},
      [&](CLI::App& sub, inspect_command& what) {
        add_folder(sub, what.data, "The data folder, or a backup");
        add_json_option(sub, state);
      });
  add_command<repair_command>(
      group, state,
      {"repair", "Mend the records of a data folder that nobody holds; nothing is deleted because it can't be read",
       "carillon backup before-repair --data ./carillon-data && carillon store repair --data ./carillon-data\n\n"
       "What can't be read goes to the quarantine; what lies there and can be read goes back. A schedule of which only "
       "the\n"
       "settings can be read begins anew, paused. `carillon store check` says beforehand what it would do."},
      [&](CLI::App& sub, repair_command& what) {
        add_folder(sub, what.data, "The data folder");
        add_json_option(sub, state);
      });
}

void add_backup_commands(CLI::App& app, parse_state& state) {
  add_command<backup_command>(
      app, state,
      {"backup", "Copy the store into a new folder, while the node works",
       "carillon backup /backups/carillon-$(date +%F)\n"
       "  carillon backup ./copy --data ./carillon-data\n\n"
       "It is the store of one moment. On the disk of the data folder it costs hardly any time or space. `verify`, "
       "`simulate`\n"
       "and `store dump` read a backup as they read a data folder."},
      [&](CLI::App& sub, backup_command& what) {
        sub.add_option("folder", what.folder, "The new folder, on the node's machine")->required()->type_name("FOLDER");
        sub.add_option("--data", what.data, "Without a node: of the store in this data folder, which nobody holds")
            ->type_name("DIR");
        add_json_option(sub, state);
      });
  add_command<restore_command>(
      app, state,
      {"restore", "Make a data folder of a backup; needs no node",
       "carillon restore /backups/carillon-2026-03-01 --data ./restored\n\n"
       "The new store has an id of its own, and its numbers go on far ahead, so that none is given out twice. Its "
       "schedules\n"
       "are paused: those of the store that the backup is of may be at work elsewhere."},
      [&](CLI::App& sub, restore_command& what) {
        sub.add_option("backup", what.backup, "The backup")->required()->type_name("FOLDER");
        add_folder(sub, what.data, "The new data folder");
        sub.add_flag("--resume", what.resume,
                     "Let its schedules fire, and make up for what was missed since, as after a downtime");
        add_json_option(sub, state);
      });
}

} // namespace carillon::app
