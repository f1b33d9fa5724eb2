#include "cli/option_sets.hpp"

#include "carillon/model/limits.hpp"

#include <limits>

namespace carillon::app {
namespace {

constexpr std::size_t many = 100'000'000;
constexpr double shortest = 0.001; // s
constexpr double longest = 86'400;
constexpr const char* not_due = "Schedules that are there, and not due";

void add_count(CLI::App& sub, const char* name, std::size_t& into, const char* description, std::size_t least = 1,
               std::size_t most = many) {
  sub.add_option(name, into, description)->type_name("N")->check(CLI::Range(least, most))->capture_default_str();
}

void add_schedule_count(CLI::App& sub, bench_command& what, std::size_t usual, const char* description,
                        std::size_t least = 1) {
  add_count(sub, "--schedules", what.schedules.emplace_back(usual), description, least);
}

void add_seconds(CLI::App& sub, bench_command& what, double seconds, const char* description) {
  what.seconds = seconds;
  sub.add_option("--seconds", what.seconds, description)
      ->type_name("SECONDS")
      ->check(CLI::Range(shortest, longest))
      ->capture_default_str();
}

void add_levels(CLI::App& sub, bench_command& what, std::vector<durability> levels,
                const std::vector<std::string>& names = {"none", "async", "sync"}) {
  std::string usual;
  for (const auto level : levels)
    usual += (usual.empty() ? "" : ", then ") + std::string{to_string(level)};
  what.levels = std::move(levels);
  sub.add_option_function<std::vector<std::string>>(
         "--durability",
         [&what](const std::vector<std::string>& given) {
           what.levels.clear();
           for (const auto& name : given)
             what.levels.push_back(*parse_enum<durability>(name));
         },
         "What a commit waits for; may be repeated; " + usual + " if not given")
      ->type_name("LEVEL")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(names));
}

void add_room(CLI::App& sub, bench_command& what, std::size_t slots, std::size_t threads) {
  constexpr std::size_t most_threads = 1'000;
  what.slots = slots;
  what.threads = threads;
  add_count(sub, "--slots", what.slots, "Jobs that a node runs at once", 1, std::numeric_limits<std::uint32_t>::max());
  add_count(sub, "--threads", what.threads, "Threads that run them", 1, most_threads);
  sub.add_option("--runner", what.runner, "What runs them")
      ->type_name("RUNNER")
      ->check(CLI::IsMember({"thread_pool", "inline"}))
      ->capture_default_str();
}

/// A subcommand of `bench`, its `--data` and its `--json`.
template <class Define>
void add_bench(CLI::App& group, parse_state& state, const command_text& text, Define define) {
  add_command<bench_command>(group, state, text, [&](CLI::App& sub, bench_command& what) {
    what.name = text.name;
    define(sub, what);
    if (what.name != "triggers")
      sub.add_option(
             "--data", what.data,
             "Put the stores into this empty folder, and keep them; if not given, into one of the current folder, "
             "which is removed")
          ->type_name("DIR");
    sub.add_flag("--json", state.read.json, "Print each figure as a JSON object on a line of its own");
  });
}

void add_throughput(CLI::App& group, parse_state& state) {
  add_bench(group, state,
            {"throughput", "Jobs a second: added, run, and both at once",
             "carillon bench throughput --durability async\n"
             "  carillon bench throughput --durability sync --batch 1 --in-flight 64\n"
             "  carillon bench throughput --processes 2 --job-microseconds 100 --json"},
            [](CLI::App& sub, bench_command& what) {
              add_levels(sub, what, {durability::none, durability::async, durability::sync});
              add_count(sub, "--jobs", what.jobs, "Jobs of each run");
              sub.add_option("--seconds", what.seconds,
                             "Go on for so long instead, both at once, and tell ten times within it how it goes")
                  ->type_name("SECONDS")
                  ->check(CLI::Range(shortest, longest))
                  ->excludes("--jobs");
              add_duration_option(sub, "--history-retention", what.history_retention,
                                  "How long a finished job is kept; 7d if not given");
              add_count(sub, "--batch", what.batch, "Jobs that one request adds; 1: single adds", 1,
                        limits{}.batch_items);
              add_count(sub, "--in-flight", what.in_flight, "Requests that a producer has under way", 1, 100'000);
              add_count(sub, "--producers", what.producers, "Threads that add jobs", 1, 1'000);
              add_count(sub, "--argument-bytes", what.argument_size_bytes, "Size of a job's arguments", 0,
                        limits{}.argument_size_bytes / 2);
              add_count(sub, "--job-microseconds", what.job_microseconds, "How long each job keeps a processor busy", 0,
                        1'000'000);
              add_count(sub, "--processes", what.processes,
                        "Workers in processes of their own, on 127.0.0.1; 0: all in one process", 0, 100);
              add_schedule_count(sub, what, 0, not_due, 0);
              add_room(sub, what, 1'000, 2);
            });
}

void add_fires(CLI::App& group, parse_state& state) {
  add_bench(group, state,
            {"fires", "Schedules that are due together, every second: fires a second, and how late each begins",
             "carillon bench fires --schedules 10000 --seconds 10"},
            [](CLI::App& sub, bench_command& what) {
              add_levels(sub, what, {durability::async});
              add_schedule_count(sub, what, 10'000, "How many of them");
              add_seconds(sub, what, 10, "How long");
              add_room(sub, what, 10'000, 2); // what is due together can begin together
            });
}

void add_wakeup(CLI::App& group, parse_state& state) {
  add_bench(group, state,
            {"wakeup", "Schedules that fire once, at random times on an idle node: how late each begins",
             "carillon bench wakeup --durability async --durability sync"},
            [](CLI::App& sub, bench_command& what) {
              add_levels(sub, what, {durability::async});
              add_schedule_count(sub, what, 200, "How many of them");
              add_seconds(sub, what, 20, "Within how many seconds they are due");
              add_room(sub, what, 16, 16);
            });
}

void add_sizes(CLI::App& group, parse_state& state) {
  add_bench(group, state,
            {"schedules", "Many schedules: adding them, starting with them, and memory",
             "carillon bench schedules --schedules 100000"},
            [](CLI::App& sub, bench_command& what) {
              add_levels(sub, what, {durability::async});
              what.schedules = {100'000, 1'000'000};
              sub.add_option("--schedules", what.schedules,
                             "How many; may be repeated; 100000, then 1000000 if not given")
                  ->type_name("N")
                  ->allow_extra_args(false)
                  ->check(CLI::Range(std::size_t{0}, many));
            });
  add_bench(group, state,
            {"idle", "A node with nothing to do: processor time, and how often it wakes up",
             "carillon bench idle --schedules 100000 --seconds 60"},
            [](CLI::App& sub, bench_command& what) {
              add_levels(sub, what, {durability::async});
              add_schedule_count(sub, what, 100'000, not_due, 0);
              add_seconds(sub, what, 10, "How long");
            });
}

void add_recovery(CLI::App& group, parse_state& state) {
  add_bench(group, state,
            {"recovery", "A node that is killed with kill -9: how soon the next one works, and what is lost",
             "carillon bench recovery --schedules 100000 --jobs 10000"},
            [](CLI::App& sub, bench_command& what) {
              add_levels(sub, what, {durability::async}, {"async", "sync"}); // `none` loses all of them
              add_schedule_count(sub, what, 10'000, not_due, 0);
              what.jobs = 10'000;
              add_count(sub, "--jobs", what.jobs, "Jobs that haven't ended");
              add_room(sub, what, 16, 16);
            });
}

} // namespace

void add_bench_commands(CLI::App& app, parse_state& state) {
  auto& group = add_group(app, "bench", "Measure how fast this machine does it; needs no node, and harms none",
                          "carillon bench throughput --durability async");
  add_throughput(group, state);
  add_fires(group, state);
  add_wakeup(group, state);
  add_sizes(group, state);
  add_bench(group, state, {"triggers", "What one fire time of a trigger costs", "carillon bench triggers"},
            [](CLI::App& sub, bench_command& what) {
              constexpr double usual = 0.2;
              add_seconds(sub, what, usual, "Processor time spent on each");
            });
  add_recovery(group, state);
}

} // namespace carillon::app
