#include "cli/bodies.hpp"
#include "commands/run.hpp"

#include "carillon/trigger/describe.hpp"
#include "carillon/trigger/fire_time_query.hpp"
#include "carillon/trigger/trigger_text.hpp"

#include <iostream>

namespace carillon::app {
namespace {

trigger_defaults next_defaults() { return {system_clock().now().wall, machine_zone_name()}; }

exit_code answer_stream(const trigger_defaults& defaults) {
  std::string line;
  while (!output_has_failed() && std::getline(std::cin, line))
    print(answer_fire_time_query(line, defaults) + "\n");
  return exit_code::success;
}

result<std::string> describe_text(const std::string& trigger_json, const trigger_defaults& defaults) {
  const auto definition = parse_trigger_json_text(trigger_json, defaults);
  if (!definition)
    return definition.err().within("trigger");
  const auto words = describe(*definition);
  const auto form = canonical(*definition);
  if (!words || !form)
    return (words ? form.err() : words.err()).within("trigger");
  return *words + "\n" + to_json_text(*form) + "\n";
}

} // namespace

result<exit_code> run_next(const next_command& what) {
  auto defaults = next_defaults();
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
  std::string lines;
  if (what.describe) {
    const auto described = describe_text(*text, defaults);
    if (!described)
      return described.err();
    lines = *described;
  }
  const auto list = list_fire_times(*text, what.count, defaults);
  if (!list)
    return list.err();
  for (const auto time : list->times)
    lines += to_iso8601(time) + "\n";
  print(lines);
  return list->stopped_by.code() == ec::none ? result<exit_code>{exit_code::success} : list->stopped_by;
}

} // namespace carillon::app
