#include "cli/terminal.hpp"
#include "commands/run.hpp"

#include "carillon/base/entropy.hpp"
#include "carillon/base/log.hpp"
#include "carillon/model/value.hpp"
#include "carillon/testing/simulation.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>
#include <fstream>

namespace carillon::app {
namespace {

double seconds_of(duration length) { return std::chrono::duration<double>(length).count(); }

std::string replay_line(const sim_command& what, std::uint64_t seed) {
  return fmt::format("carillon sim --seed {} --hours {} --nodes {} --schedules {} --period {} --faults {}{}", seed,
                     what.hours, what.nodes, what.schedules, what.period, what.faults,
                     what.store == "memory" ? "" : " --store " + what.store);
}

struct totals {
  std::uint64_t seeds = 0, messages = 0, commits = 0, fire_times = 0, jobs = 0, attempts = 0, faults = 0;
  duration simulated{};
  void add(const testing::simulation_report& one) {
    ++seeds;
    messages += one.messages;
    commits += one.commits;
    fire_times += one.fire_times;
    jobs += one.jobs;
    attempts += one.attempts;
    faults += one.faults;
    simulated += one.simulated;
  }
};

value::map sim_document(std::uint64_t seed, const testing::simulation_report& report) {
  const auto number = [](std::uint64_t x) { return value{static_cast<std::int64_t>(x)}; };
  value::list violations;
  for (const auto& one : report.violations)
    violations.emplace_back(one);
  value::list actions;
  if (!report.violations.empty())
    for (const auto& one : report.actions)
      actions.emplace_back(value::map{{"at", to_text(one.at)}, {"action", one.text}});
  return {{"seed", number(seed)},
          {"fingerprint", fmt::format("{:016x}", report.fingerprint)},
          {"simulated", to_text(report.simulated)},
          {"messages", number(report.messages)},
          {"commits", number(report.commits)},
          {"fire_times", number(report.fire_times)},
          {"jobs", number(report.jobs)},
          {"attempts", number(report.attempts)},
          {"faults", number(report.faults)},
          {"violations", std::move(violations)},
          {"actions", std::move(actions)}};
}

std::string failure_text(const sim_command& what, std::uint64_t seed, const testing::simulation_report& report) {
  auto text = fmt::format("seed {}: an invariant doesn't hold:\n", seed);
  for (const auto& one : report.violations)
    text += "  " + one + "\n";
  text += "what it takes:\n";
  for (const auto& one : report.actions)
    text += fmt::format("  {:>12}  {}\n", to_text(one.at), one.text);
  return text + "the last messages:\n" + report.chart + "\nto run it again:\n  " + replay_line(what, seed) + "\n";
}

} // namespace

result<exit_code> run_sim(const sim_command& what, bool json) {
  testing::simulation_settings settings;
  settings.length = duration{static_cast<std::int64_t>(what.hours * 3.6e9)};
  settings.nodes = what.nodes;
  settings.schedules = what.schedules;
  const auto period = parse_duration(what.period);
  if (!period || *period < std::chrono::seconds{1})
    return error{ec::invalid_argument, "--period: at least 1s"};
  settings.shortest_period = *period;
  settings.faults = *testing::parse_fault_profile(what.faults);
  settings.rocksdb = what.store == "rocksdb";
  std::ofstream trace_file;
  if (!what.trace.empty() && what.trace != "-") {
    trace_file.open(what.trace);
    if (!trace_file)
      return error{ec::permission_denied, fmt::format("--trace: the file {} can't be written", what.trace)};
  }
  if (!what.trace.empty())
    settings.trace = [&](std::string_view line) {
      if (what.trace == "-")
        print(std::string{line} + "\n");
      else
        trace_file << line << '\n';
    };
  set_log_sink([](log_level, std::string_view) {}); // faults make actors say a lot
  const auto first = what.seed != 0 ? what.seed : system_entropy().next() % 1'000'000'000 + 1;
  const bool colours = has_colours(STDOUT_FILENO);
  totals all;
  progress_line progress;
  const auto begin = std::chrono::steady_clock::now();
  for (auto seed = first; seed - first < what.seeds; ++seed) {
    settings.seed = seed;
    progress.show(fmt::format("seed {} ({} of {})", seed, seed - first + 1, what.seeds));
    auto report = testing::run_simulation(settings);
    all.add(report);
    if (!report.violations.empty() && what.trace.empty())
      report = testing::shrink_simulation(settings, 200, [&](std::size_t left) {
        progress.show(fmt::format("seed {}: {} actions are left", seed, left));
      });
    progress.clear();
    if (json)
      print(to_json_text(sim_document(seed, report)) + "\n");
    if (!report.violations.empty()) {
      if (!json)
        print(paint(failure_text(what, seed, report), colour::red, colours));
      return exit_code::refused;
    }
  }
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!json)
    print(fmt::format("{} no violation\n"
                      "seeds       {} from {}\n"
                      "simulated   {:.1f} h in {:.1f} s\n"
                      "messages    {} ({:.0f} a second)\n"
                      "commits     {}\n"
                      "fire times  {}\n"
                      "jobs        {}\n"
                      "attempts    {}\n"
                      "faults      {}\n",
                      paint("passed:", colour::green, colours), all.seeds, first, seconds_of(all.simulated) / 3600,
                      took, all.messages, static_cast<double>(all.messages) / took, all.commits, all.fire_times,
                      all.jobs, all.attempts, all.faults));
  return exit_code::success;
}

} // namespace carillon::app
