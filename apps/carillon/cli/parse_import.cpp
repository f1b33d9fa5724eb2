#include "cli/option_sets.hpp"

namespace carillon::app {
namespace {

void add_sources(CLI::App& sub, import_command& what) {
  constexpr const char* group = "From where (one of them)";
  sub.add_option("file", what.file, "A file that `carillon export` has written; - is standard input")
      ->type_name("FILE")
      ->group(group);
  sub.add_option("--crontab", what.crontabs, "A crontab, or a folder of them; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(group);
  sub.add_flag("--system", what.system, "The crontabs have a user column, as /etc/crontab has")
      ->needs("--crontab")
      ->group(group);
  auto* database = sub.add_option("--apscheduler3", what.apscheduler3, "The SQLite job store of APScheduler 3")
                       ->type_name("DB")
                       ->group(group);
  sub.add_option("--table", what.table, "Its table")
      ->type_name("NAME")
      ->capture_default_str()
      ->needs(database)
      ->group(group);
  sub.add_option("--python", what.python,
                 "The Python that reads it, without loading what its jobs name; where it has APScheduler, that says "
                 "what comes next")
      ->type_name("PYTHON")
      ->capture_default_str()
      ->needs(database)
      ->group(group);
  sub.add_flag("--as-commands", what.as_commands,
               "Its functions become commands of that Python; without, tasks of their name, for your code to run")
      ->needs(database)
      ->group(group);
  sub.add_flag("--systemd-timers", what.systemd_timers, "The timers of this machine's systemd; they start their units")
      ->group(group);
}

} // namespace

void add_import_commands(CLI::App& app, parse_state& state) {
  add_command<import_command>(
      app, state,
      {"import", "Take schedules over: from an export, a crontab, APScheduler 3, or systemd's timers",
       "carillon import --crontab my.crontab --dry-run\n"
       "  carillon import --apscheduler3 jobs.sqlite --python .venv/bin/python --as-commands --paused\n"
       "  carillon import --systemd-timers --dry-run --json\n"
       "  carillon export >all.jsonl && carillon --socket other.sock import all.jsonl\n\n"
       "It prints when each fires next there (BEFORE) and here (AFTER). Nothing is changed at the source: end it there "
       "when\n"
       "this takes its place. What is imported again in the same words stays as it is.\n"
       "Exit codes: 0 all of it; 2 something can't be taken over, which is named."},
      [&](CLI::App& sub, import_command& what) {
        add_sources(sub, what);
        sub.add_flag("--dry-run", what.dry_run, "Only say what would be imported; needs no node");
        sub.add_flag("--paused", what.paused, "Import schedules paused");
        sub.add_flag("--replace", what.replace, "Replace schedules and tasks of the same name");
        add_json_option(sub, state);
      },
      [](import_command& what) {
        if (int{!what.file.empty()} + int{!what.crontabs.empty()} + int{!what.apscheduler3.empty()} +
                int{what.systemd_timers} !=
            1)
          throw CLI::ValidationError{"from where",
                                     "give a FILE, --crontab, --apscheduler3 or --systemd-timers, one of them"};
      });
  add_command<export_command>(
      app, state,
      {"export", "Print all tasks and schedules, for `carillon import`",
       "carillon export >all.jsonl\n\n"
       "One JSON object a line, each as the control API takes it. It has what was said of them and not what they did: "
       "for\n"
       "that there is `carillon backup`."},
      [&](CLI::App& sub, export_command&) { sub.add_flag("--json", state.read.json, "It is JSON in any case"); });
}

} // namespace carillon::app
