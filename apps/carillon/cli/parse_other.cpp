#include "cli/option_sets.hpp"

#include <limits>

namespace carillon::app {
namespace {

struct event_options {
  list_command list;
  bool follow = false;
  bool once = false;
  std::optional<std::size_t> count;
  std::string timeout;
};

void add_events_command(CLI::App& app, parse_state& state) {
  auto* sub = app.add_subcommand("events", "Show what has happened, or what happens");
  sub->footer("Examples:\n  carillon events --follow --type job_finished\n  carillon events --since 4711 --json\n"
              "  carillon events --follow --once --type job_finished --since 4711 --timeout 1m --json\n\n"
              "With --follow, --json prints one JSON object a line.");
  const auto options = std::make_shared<event_options>();
  auto& list = options->list;
  list.kind = "events";
  add_list_options(*sub, state, list);
  sub->remove_option(sub->get_option("--after"));
  auto* follow = sub->add_flag("--follow", options->follow, "Go on with each event as it happens");
  auto* count = sub->add_option("--count", options->count, "End after so many; exit code 3 if there aren't as many")
                    ->type_name("N")
                    ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}))
                    ->needs(follow);
  sub->add_flag("--once", options->once, "End after the first: --count 1")->needs(follow)->excludes(count);
  add_duration_option(*sub, "--timeout", options->timeout, "End after this time")->needs(follow);
  add_parameter(*sub, list.what, "--since", "since", "Only those after this number")->type_name("NUMBER")->expected(1);
  add_parameter(*sub, list.what, "--type", "type", "Only those of this type; may be repeated")->type_name("TYPE");
  add_parameter(*sub, list.what, "--schedule", "schedule_id", "Only those of this schedule")->type_name("ID");
  add_parameter(*sub, list.what, "--task", "task", "Only those of this task")->type_name("TASK");
  sub->callback([options, &state] {
    auto& chosen = options->list;
    chosen.what.segments = {"events"};
    if (!options->follow) {
      state.read.what = chosen;
      return;
    }
    if (chosen.limit)
      throw CLI::ValidationError{"--limit", "goes without --follow"};
    chosen.what.segments.emplace_back("stream");
    auto following = follow_command{chosen.what, options->once ? std::optional<std::size_t>{1} : options->count};
    if (following.count)
      following.what.query.emplace_back("count", std::to_string(*following.count));
    if (!options->timeout.empty())
      following.what.query.emplace_back("timeout", options->timeout);
    state.read.what = std::move(following);
  });
}

void add_next_command(CLI::App& app, parse_state& state) {
  add_command<next_command>(
      app, state,
      {"next", "Print the next fire times of a trigger; needs no node",
       "carillon next --cron '0 3 * * *' --timezone Europe/Berlin -n 3\n"
       "  carillon next --trigger '{\"type\": \"interval\", \"hours\": 6}' -n 4\n"
       "  carillon next --cron '0 9 * * mon-fri' --describe -n 3\n\n"
       "With --stream each line of standard input is {\"id\": ..., \"trigger\": ..., \"from\": ..., \"n\": ...}\n"
       "and is answered by one line {\"id\": ..., \"times\": [...], \"error\": null or a text}."},
      [&](CLI::App& sub, next_command& next) {
        add_trigger_options(sub, next.when);
        sub.add_option("-n,--count", next.count, "How many")
            ->type_name("COUNT")
            ->check(CLI::Range(std::size_t{0}, std::numeric_limits<std::size_t>::max() / 2))
            ->capture_default_str();
        sub.add_option("--from", next.from, "Where a trigger begins that names no start; now if not given")
            ->type_name("TIME");
        sub.add_flag("--describe", next.describe,
                     "First say in words what the trigger does, and give its canonical JSON, a line each");
        sub.add_flag("--stream", next.stream, "Answer the questions on standard input");
      },
      [](next_command& next) {
        if (!next.stream)
          check_trigger(next.when);
      });
}

void add_sim_command(CLI::App& app, parse_state& state) {
  add_command<sim_command>(
      app, state,
      {"sim", "Run a simulated cluster under faults, and check every commit; needs no node",
       "carillon sim --seed 7 --hours 2 --nodes 3 --faults full\n"
       "  carillon sim --seed 1 --seeds 1000 --hours 0.5 --json\n\n"
       "The same seed and options give the same run, message by message. A violation of an invariant is shrunk to the\n"
       "actions that it takes, and ends the program with 2."},
      [&](CLI::App& sub, sim_command& what) {
        sub.add_option("--seed", what.seed, "Where all chance comes from; a fresh one, which is shown, if not given")
            ->type_name("NUMBER")
            ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62));
        sub.add_option("--seeds", what.seeds, "Run so many seeds, from that one on")
            ->type_name("N")
            ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}))
            ->capture_default_str();
        sub.add_option("--hours", what.hours, "Simulated hours")
            ->type_name("HOURS")
            ->check(CLI::Range(0.01, 10'000.0))
            ->capture_default_str();
        sub.add_option("--nodes", what.nodes, "Nodes; the first one has the store")
            ->type_name("N")
            ->check(CLI::Range(std::size_t{1}, std::size_t{50}))
            ->capture_default_str();
        sub.add_option("--schedules", what.schedules, "Schedules at the beginning")
            ->type_name("N")
            ->check(CLI::Range(std::size_t{0}, std::size_t{1'000'000}))
            ->capture_default_str();
        add_duration_option(sub, "--period", what.period, "The shortest period of their triggers; 5s if not given");
        sub.add_option("--faults", what.faults, "Which faults: none, network, crashes, clocks, disk or full")
            ->type_name("PROFILE")
            ->check(CLI::IsMember({"none", "network", "crashes", "clocks", "disk", "full"}))
            ->capture_default_str();
        sub.add_option("--store", what.store, "What the store is: memory, or rocksdb on files that fail and tear")
            ->type_name("KIND")
            ->check(CLI::IsMember({"memory", "rocksdb"}))
            ->capture_default_str();
        sub.add_option("--trace", what.trace, "Write each message to this file, a line each; `-` is standard output")
            ->type_name("FILE");
        add_json_option(sub, state);
      });
}

void add_doctor_command(CLI::App& app, parse_state& state) {
  add_command<doctor_command>(
      app, state,
      {"doctor", "Look at the machine: clock, zone data, folders, disk, open files, certificates; and say what to do",
       "carillon doctor --config node.toml\n"
       "  carillon doctor --data ./carillon-data --json\n\n"
       "Run it as the user that runs the node; it needs no node, and changes nothing.\n"
       "Exit codes: 0 no error (there may be warnings); 2 something would keep a node from its work."},
      [&](CLI::App& sub, doctor_command& what) {
        sub.add_option("--config", what.config,
                       "The node's configuration: its folder and its certificates are looked at")
            ->type_name("FILE");
        sub.add_option("--data", what.data, "The data folder; carillon-data if neither this nor the configuration says")
            ->type_name("DIR");
        add_json_option(sub, state);
      });
}

void add_check_command(CLI::App& app, parse_state& state) {
  add_command<check_command>(
      app, state,
      {"check", "Check files before they are used; without one, ask the node to check its whole store",
       "carillon check node.toml my.crontab\n"
       "  carillon check --kind system-crontab /etc/cron.d\n"
       "  carillon check\n\n"
       "Of files it prints FILE:LINE:COLUMN: what is wrong, a line each; needs no node, and runs nothing.\n"
       "Exit codes: 0 all is good; 2 faults were found in a file (of the store: 4)."},
      [&](CLI::App& sub, check_command& what) {
        sub.add_option("file", what.files,
                       "A node's configuration (*.toml), what `carillon export` has written (*.jsonl), a crontab, or a "
                       "folder of "
                       "crontabs")
            ->type_name("FILE");
        sub.add_option(
               "--kind", what.kind,
               "What the files are, whatever their names: config, crontab, system-crontab (with a user column), export")
            ->type_name("KIND")
            ->check(CLI::IsMember({"config", "crontab", "system-crontab", "export"}));
        add_json_option(sub, state);
      },
      [](check_command& what) {
        if (what.files.empty() && !what.kind.empty())
          throw CLI::ValidationError{"--kind", "goes with files"};
      });
}

} // namespace

void add_other_commands(CLI::App& app, parse_state& state) {
  add_events_command(app, state);
  add_next_command(app, state);
  add_sim_command(app, state);
  add_command<status_command>(app, state, {"status", "Show how the node is", "carillon status --json"},
                              [&](CLI::App& sub, status_command&) { add_json_option(sub, state); });
  add_check_command(app, state);
  add_doctor_command(app, state);
  add_command<version_command>(app, state, {"version", "Print the version", "carillon version"},
                               [&](CLI::App& sub, version_command&) { add_json_option(sub, state); });
}

} // namespace carillon::app
