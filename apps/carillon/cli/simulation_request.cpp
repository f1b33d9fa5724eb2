#include "cli/simulation_request.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

// What stands before and after the last `mark`; without one the first part is empty.
std::pair<std::string, std::string> split_request(const std::string& text, char mark) {
  const auto at = text.rfind(mark);
  return at == std::string::npos ? std::pair{std::string{}, text} : std::pair{text.substr(0, at), text.substr(at + 1)};
}

result<timestamp> read_time(const char* option, const std::string& text) {
  auto time = parse_iso8601(text);
  return time ? std::move(time) : time.err().within(option);
}

result<void> read_assumed(const std::string& text, simulation_settings& into) {
  const auto [name, length] = split_request(text, '=');
  const auto assumed = parse_duration(length);
  if (!assumed)
    return assumed.err().within("--assume");
  if (text.starts_with('='))
    return {ec::invalid_argument, fmt::format("--assume: {} isn't NAME=DURATION", quote(text))};
  (name.empty() ? into.assumed : into.assumed_for[name]) = *assumed;
  return {};
}

result<void> read_changes(const char* option, simulated_change::action action, const std::vector<std::string>& texts,
                          simulation_settings& into) {
  for (const auto& text : texts) {
    const auto [id, when] = split_request(text, '=');
    if (id.empty())
      return {ec::invalid_argument, fmt::format("{}: {} isn't ID=TIME", option, quote(text))};
    const auto at = read_time(option, when);
    if (!at)
      return at.err();
    into.changes.push_back({*at, action, id});
  }
  return {};
}

result<void> read_no_scheduler(const std::string& text, simulation_settings& into) {
  constexpr const char* option = "--no-scheduler";
  const auto [begin, end] = split_request(text, '/');
  if (begin.empty())
    return {ec::invalid_argument, fmt::format("{}: {} isn't TIME/TIME", option, quote(text))};
  const auto from = read_time(option, begin);
  const auto to = read_time(option, end);
  if (!from || !to)
    return from ? to.err() : from.err();
  into.no_scheduler.push_back({*from, *to});
  return {};
}

} // namespace

result<simulation_settings> simulation_settings_of(const simulate_command& what, timestamp now,
                                                   const std::string& local_zone) {
  simulation_settings settings;
  settings.local_zone = local_zone;
  settings.slots = what.slots.value_or(0);
  settings.from = now;
  if (!what.from.empty()) {
    const auto from = read_time("--from", what.from);
    if (!from)
      return from.err();
    settings.from = *from;
  }
  settings.to = settings.from + std::chrono::hours{24};
  if (!what.to.empty()) {
    const auto to = read_time("--to", what.to);
    if (!to)
      return to.err();
    settings.to = *to;
  }
  for (const auto& text : what.assumed)
    if (auto read = read_assumed(text, settings); !read)
      return read.err();
  for (const auto& text : what.no_scheduler)
    if (auto read = read_no_scheduler(text, settings); !read)
      return read.err();
  using action = simulated_change::action;
  if (auto read = read_changes("--pause", action::pause, what.pauses, settings); !read)
    return read.err();
  if (auto read = read_changes("--resume", action::resume, what.resumes, settings); !read)
    return read.err();
  return settings;
}

} // namespace carillon::app
