#include "carillon/trigger/fire_time_query.hpp"

#include "carillon/trigger/trigger.hpp"
#include "codec/exact_json.hpp"
#include "codec/json_object.hpp"
#include "codec/trigger_json.hpp"

#include <fmt/format.h>

namespace carillon {
namespace {

using nlohmann::json;

result<fire_time_list> list_times(const json& source, std::size_t count, const trigger_defaults& defaults) {
  if (count > max_fire_time_count)
    return error{ec::limit_exceeded, fmt::format("n: {} is more than {}", count, max_fire_time_count)};
  auto definition = codec::trigger_from_json(source, defaults);
  if (!definition)
    return definition.err().within("trigger");
  auto rule = trigger::make(*std::move(definition));
  if (!rule)
    return rule.err().within("trigger");
  fire_time_list list;
  while (list.times.size() < count) {
    const auto time = rule->next();
    if (!time)
      list.stopped_by = time.err();
    if (!time || !*time)
      break;
    list.times.push_back(**time);
  }
  return list;
}

result<fire_time_list> answer(const json& query, trigger_defaults defaults) {
  const auto from = codec::json_object::open(query, {"id", "trigger", "from", "n"});
  if (!from)
    return from.err();
  const auto* source = from->find("trigger");
  if (source == nullptr)
    return error{ec::invalid_argument, "trigger: it is missing"};
  const auto start = codec::read_instant(*from, "from", defaults.local_zone);
  if (!start)
    return start.err();
  defaults.now = start->value_or(defaults.now);
  const auto count = from->whole_number("n", max_fire_time_count);
  if (!count)
    return count.err();
  if (!*count)
    return error{ec::invalid_argument, "n: it is missing"};
  return list_times(*source, **count, defaults);
}

std::string to_line(const std::string& id, const result<fire_time_list>& answer) {
  std::string line = fmt::format(R"({{"id":{},"times":[)", id);
  std::string fault;
  if (answer) {
    for (const auto time : answer->times)
      line.append(line.back() == '[' ? "\"" : ",\"").append(to_iso8601(time)).append("\"");
    if (const auto& why = answer->stopped_by; why.code() != ec::none)
      fault = (why.code() == ec::iteration_limit ? "max_iterations: " : "invalid: ") + why.text();
  } else {
    fault = "invalid: " + answer.err().text();
  }
  // What the fault quotes may have been cut within a character.
  const auto text = fault.empty() ? "null" : json(fault).dump(-1, ' ', false, json::error_handler_t::replace);
  return line + R"(],"error":)" + text + "}";
}

} // namespace

result<fire_time_list> list_fire_times(std::string_view trigger_json, std::size_t count,
                                       const trigger_defaults& defaults) {
  const auto source = codec::parse_exact_json(trigger_json);
  if (!source)
    return source.err().within("trigger");
  return list_times(*source, count, defaults);
}

std::string answer_fire_time_query(std::string_view line, const trigger_defaults& defaults) {
  const auto query = codec::parse_exact_json(line);
  if (!query)
    return to_line("null", query.err());
  const auto has_id = query->is_object() && query->contains("id");
  return to_line(has_id ? codec::dump_exact_json((*query)["id"]) : "null", answer(*query, defaults));
}

} // namespace carillon
