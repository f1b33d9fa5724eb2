#include "cli/option_sets.hpp"

#include <limits>

namespace carillon::app {
namespace {

void add_times(CLI::App& sub, simulate_command& what) {
  constexpr const char* group = "When";
  sub.add_option("--from", what.from, "When the node starts; now if not given")->type_name("TIME")->group(group);
  sub.add_option("--to", what.to, "Up to this time; a day later if not given")->type_name("TIME")->group(group);
}

void add_assumptions(CLI::App& sub, simulate_command& what) {
  constexpr const char* group = "What is assumed";
  sub.add_option(
         "--assume", what.assumed,
         "How long each run takes, or those of a schedule or else a task: NAME=DURATION; may be repeated; no time "
         "at all if not given")
      ->type_name("[NAME=]DURATION")
      ->allow_extra_args(false)
      ->group(group);
  sub.add_option("--slots", what.slots, "Jobs that run at once; any number if not given")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{std::numeric_limits<std::uint32_t>::max()}))
      ->group(group);
  sub.add_option("--pause", what.pauses, "Somebody pauses this schedule then; may be repeated")
      ->type_name("ID=TIME")
      ->allow_extra_args(false)
      ->group(group);
  sub.add_option("--resume", what.resumes, "Somebody resumes it; may be repeated")
      ->type_name("ID=TIME")
      ->allow_extra_args(false)
      ->group(group);
  sub.add_option("--no-scheduler", what.no_scheduler, "No scheduler works in this time; may be repeated")
      ->type_name("TIME/TIME")
      ->allow_extra_args(false)
      ->group(group);
}

void add_simulate_sources(CLI::App& sub, simulate_command& what) {
  constexpr const char* group = "Which schedules (at least one of them)";
  sub.add_option("--crontab", what.crontabs, "Those of a crontab, or of a folder of them; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(group);
  sub.add_flag("--system", what.system, "The crontabs have a user column, as /etc/crontab has")
      ->needs("--crontab")
      ->group(group);
  sub.add_option_function<std::string>(
         "--config", [&what](const std::string& file) { what.configuration = file == "-" ? file : "@" + file; },
         "Those of a JSON document {\"tasks\": [...], \"schedules\": [...]}, each as the control API takes it; - reads "
         "it "
         "from standard input")
      ->type_name("FILE")
      ->group(group);
  sub.add_option(
         "--data", what.data,
         "Go on with what the store in this data folder has under way, also beside a node that holds it; nothing "
         "in it is changed")
      ->type_name("DIR")
      ->group(group);
}

} // namespace

void add_simulate_command(CLI::App& app, parse_state& state) {
  add_command<simulate_command>(
      app, state,
      {"simulate", "Say what schedules will do, in virtual time; nothing is run, and no node is needed",
       "carillon simulate --crontab my.crontab --from 2026-03-01T00:00Z --to 2026-11-01T00:00Z --limit 20\n"
       "  carillon simulate --config schedules.json --assume 90s --assume backup=2h\n"
       "  carillon simulate --data ./carillon-data --to 2026-04-01T00:00Z --schedule backup --json\n\n"
       "The table ends with a summary for each schedule, of all decisions, also of those above --limit.\n"
       "With --json each decision is one JSON object on a line of its own, and there is no summary."},
      [&](CLI::App& sub, simulate_command& what) {
        add_simulate_sources(sub, what);
        add_times(sub, what);
        add_assumptions(sub, what);
        sub.add_option("--schedule", what.schedules, "Show only this one; may be repeated. All are simulated")
            ->type_name("ID")
            ->allow_extra_args(false);
        sub.add_option("--limit", what.limit, "Show at most so many decisions; 0: only the summary")
            ->type_name("N")
            ->check(CLI::Range(std::size_t{0}, std::numeric_limits<std::size_t>::max() / 2));
        sub.add_flag("--json", state.read.json,
                     "Print each decision as a JSON object on a line of its own, and nothing else");
      },
      [](simulate_command& what) {
        if (what.crontabs.empty() && what.configuration.empty() && what.data.empty())
          throw CLI::ValidationError{"which schedules", "give --crontab, --config or --data"};
      });
}

} // namespace carillon::app
