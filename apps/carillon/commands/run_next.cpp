#include "cli/bodies.hpp"
#include "commands/run.hpp"

#include "carillon/trigger/fire_time_query.hpp"

#include <iostream>

namespace carillon::app {
namespace {

trigger_defaults defaults_now() { return {system_clock().now().wall, machine_zone_name()}; }

exit_code answer_stream(const trigger_defaults& defaults) {
  std::string line;
  while (std::getline(std::cin, line))
    print(answer_fire_time_query(line, defaults) + "\n");
  return exit_code::success;
}

} // namespace

result<exit_code> run_next(const next_command& what) {
  auto defaults = defaults_now();
  if (what.stream)
    return answer_stream(defaults);
  if (!what.from.empty()) {
    const auto from = parse_iso8601(what.from);
    if (!from)
      return from.err().within("--from");
    defaults.now = *from;
  }
  // The text of --trigger goes as it is: its numbers are exact.
  const auto body = what.when.json.empty() ? trigger_body(what.when) : value{};
  const auto text = what.when.json.empty() && body ? to_json_text(*body) : read_text(what.when.json);
  if (!body || !text)
    return body ? text.err() : body.err();
  const auto list = list_fire_times(*text, what.count, defaults);
  if (!list)
    return list.err();
  std::string lines;
  for (const auto time : list->times)
    lines += to_iso8601(time) + "\n";
  print(lines);
  return list->stopped_by.code() == ec::none ? result<exit_code>{exit_code::success} : list->stopped_by;
}

} // namespace carillon::app
