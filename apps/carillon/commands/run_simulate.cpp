#include "api/configuration.hpp"
#include "carillon/base/utf8.hpp"
#include "cli/bodies.hpp"
#include "cli/simulation_lines.hpp"
#include "cli/simulation_request.hpp"
#include "cli/simulation_summary.hpp"
#include "cli/terminal.hpp"
#include "commands/run.hpp"
#include "crontab/read_crontabs.hpp"

#include "carillon/runtime/simulation.hpp"
#include "carillon/trigger/trigger_text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace carillon::app {
namespace {

result<void> add_crontabs(const simulate_command& what, simulation_config& to) {
  crontab::crontab_config config;
  for (const auto& path : what.crontabs)
    config.sources.push_back({path, what.system ? crontab::crontab_kind::system : crontab::crontab_kind::user});
  config.timezone = to.settings.local_zone;
  if (auto there = crontab::check_sources(config); !there)
    return there;
  auto read = crontab::read_crontabs(config, to.settings.from);
  for (const auto& fault : read.faults)
    print_error({ec::invalid_argument, fault});
  std::ranges::move(read.schedules, std::back_inserter(to.schedules));
  return {};
}

result<void> add_configuration(const simulate_command& what, simulation_config& to) {
  const auto text = read_text(what.configuration);
  if (!text)
    return text.err().within("--config");
  const auto document = parse_json_text(*text);
  if (!document)
    return document.err().within("--config: no JSON");
  auto read = parse_configuration(*document, {to.settings.from, to.settings.local_zone});
  if (!read)
    return read.err().within("--config");
  to.tasks = std::move(read->tasks);
  std::ranges::move(read->schedules, std::back_inserter(to.schedules));
  return {};
}

result<simulation_config> simulation_config_of(const simulate_command& what) {
  simulation_config config;
  auto settings = simulation_settings_of(what, system_clock().now().wall, machine_zone_name());
  if (!settings)
    return settings.err();
  config.settings = *std::move(settings);
  config.copy_of = what.data;
  if (!what.crontabs.empty())
    if (auto added = add_crontabs(what, config); !added)
      return added.err();
  if (!what.configuration.empty())
    if (auto added = add_configuration(what, config); !added)
      return added.err();
  return config;
}

/// How far it is, now and then.
class simulation_progress {
public:
  explicit simulation_progress(const simulation_settings& settings) : from_(settings.from), to_(settings.to) {}

  void update(timestamp at) {
    constexpr std::uint64_t look_each = 1'024; // decisions
    constexpr auto moment = std::chrono::milliseconds{300};
    constexpr int whole_percent = 100;
    if (++seen_ % look_each != 0)
      return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < moment)
      return;
    last_ = now;
    const auto share = static_cast<double>((at - from_).count()) / static_cast<double>((to_ - from_).count());
    line_.show(fmt::format("simulated up to {}, {:.0f} %", to_iso8601(at).substr(0, 10),
                           std::clamp(share, 0.0, 1.0) * whole_percent));
  }

private:
  timestamp from_, to_;
  progress_line line_;
  std::uint64_t seen_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Prints decisions as they come, many at once.
class printer {
public:
  printer(const simulate_command& what, const simulation_settings& settings, bool json)
    : what_(what), json_(json), table_(headings_of_decisions(), has_colours(STDOUT_FILENO)), progress_(settings) {}

  // Whether more is wanted.
  bool take(const simulated_decision& what) {
    const bool may_draw = !is_showing() || ::isatty(STDOUT_FILENO) == 0; // else the lines themselves tell
    if (may_draw)
      progress_.update(what.decided_at);
    if (!what_.schedules.empty() && std::ranges::find(what_.schedules, what.schedule_id) == what_.schedules.end())
      return true;
    if (!json_)
      summary_.add(what);
    if (is_showing())
      show(what);
    ++taken_;
    return !json_ || is_showing();
  }

  void finish(const simulation_report& report) {
    flush();
    if (json_)
      return;
    auto schedules = report.schedules;
    if (!what_.schedules.empty())
      std::erase_if(schedules, [&](const schedule_definition& each) {
        return std::ranges::find(what_.schedules, each.id) == what_.schedules.end();
      });
    std::string text;
    if (!is_showing() && taken_ > *what_.limit && *what_.limit > 0)
      text += fmt::format("... and {} more\n", taken_ - *what_.limit);
    if (taken_ > 0 && what_.limit != std::size_t{0})
      text += "\n";
    print(text + summary_.render(schedules, has_colours(STDOUT_FILENO)));
  }

private:
  [[nodiscard]] bool is_showing() const { return !what_.limit || taken_ < *what_.limit; }

  void show(const simulated_decision& what) {
    constexpr std::size_t rows_at_once = 200;
    constexpr std::size_t size_at_once = 1 << 16;
    if (json_)
      append_json_line(lines_, what);
    else
      rows_.push_back(row_of(what));
    if (lines_.size() >= size_at_once || rows_.size() >= rows_at_once)
      flush();
  }

  void flush() {
    if (!rows_.empty())
      lines_ += table_.render(rows_);
    rows_.clear();
    print(lines_);
    lines_.clear();
  }

  const simulate_command& what_;
  bool json_;
  table table_;
  simulation_progress progress_;
  simulation_summary summary_;
  std::uint64_t taken_ = 0;
  std::vector<std::vector<cell>> rows_;
  std::string lines_;
};

// One that nothing will ever be shown of is a slip of the pen.
result<void> check_shown(const simulate_command& what, const std::vector<schedule_definition>& schedules) {
  for (const auto& id : what.schedules)
    if (std::ranges::find(schedules, id, &schedule_definition::id) == schedules.end())
      return {ec::not_found, fmt::format("--schedule: there is no schedule {}", quote(id))};
  return {};
}

} // namespace

result<exit_code> run_simulate(const simulate_command& what, bool json) {
  const auto config = simulation_config_of(what);
  if (!config)
    return config.err();
  printer out{what, config->settings, json};
  const auto report = simulate(*config, [&](const simulated_decision& told) { return out.take(told); });
  if (!report)
    return report.err();
  if (auto shown = check_shown(what, report->schedules); !shown)
    return shown.err();
  out.finish(*report);
  return exit_code::success;
}

} // namespace carillon::app
