#include "codec/trigger_json.hpp"
#include "codec/trigger_words.hpp"
#include "trigger/cron_field.hpp"

#include <array>

namespace carillon::codec {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

template <class Definition>
void put_bounds(json& target, const Definition& definition) {
  target["start_time"] = to_iso8601(definition.start_time);
  if (definition.end_time)
    target["end_time"] = to_iso8601(*definition.end_time);
}

template <class Definition>
void put_zone_name(json& target, const Definition& definition) {
  target["timezone"] = definition.timezone;
  if (definition.dst)
    target["dst"] = {{"gap", to_word(definition.dst->gap)}, {"overlap", to_word(definition.dst->overlap)}};
}

void put_if_not_zero(json& target, const char* name, std::int64_t number) {
  if (number != 0)
    target[name] = number;
}

json parts_of(const std::vector<trigger_definition>& parts) {
  auto list = json::array();
  for (const auto& part : parts)
    list.push_back(trigger_to_json(part));
  return list;
}

json write(const date_definition& definition) {
  return {{"type", "date"}, {"run_time", to_iso8601(definition.run_time)}};
}

json write(const interval_definition& definition) {
  json target{{"type", "interval"}};
  auto rest = definition.interval;
  for (const auto& [name, unit] : {std::pair<const char*, duration>{"days", 24h},
                                   {"hours", 1h},
                                   {"minutes", 1min},
                                   {"seconds", 1s},
                                   {"microseconds", 1us}}) {
    put_if_not_zero(target, name, rest / unit);
    rest %= unit;
  }
  put_bounds(target, definition);
  return target;
}

json write(const calendar_interval_definition& definition) {
  json target{{"type", "calendar_interval"}};
  put_if_not_zero(target, "years", definition.years);
  put_if_not_zero(target, "months", definition.months);
  put_if_not_zero(target, "weeks", definition.weeks);
  put_if_not_zero(target, "days", definition.days);
  put_if_not_zero(target, "hour", definition.hour);
  put_if_not_zero(target, "minute", definition.minute);
  put_if_not_zero(target, "second", definition.second);
  if (definition.day_of_week)
    target["day_of_week"] = weekday_word(*definition.day_of_week);
  target["start_date"] = to_text(definition.start_date);
  if (definition.end_date)
    target["end_date"] = to_text(*definition.end_date);
  put_zone_name(target, definition);
  return target;
}

json write(const cron_definition& definition) {
  json target{{"type", "cron"}, {"fields", json::object()}};
  for (const auto field : all_cron_fields)
    if (const auto& text = definition.*member_of(field))
      target["fields"][std::string{to_string(field)}] = *text;
  put_bounds(target, definition);
  put_zone_name(target, definition);
  return target;
}

json write(const classic_cron_definition& definition) {
  json target{{"type", "classic_cron"}, {"expression", definition.expression}};
  put_bounds(target, definition);
  put_zone_name(target, definition);
  return target;
}

json write(const all_of_definition& definition) {
  json target{
      {"type", "and"}, {"triggers", parts_of(definition.triggers)}, {"max_iterations", definition.max_iterations}};
  if (definition.threshold % 1s == 0s)
    target["threshold"] = definition.threshold / 1s;
  else // its shortest text has the six digits that there are
    target["threshold"] = static_cast<double>(definition.threshold.count()) / 1e6;
  return target;
}

json write(const any_of_definition& definition) {
  return {{"type", "or"}, {"triggers", parts_of(definition.triggers)}};
}

json write(const custom_definition& definition) {
  json target{{"type", "custom"}, {"kind", definition.kind}};
  if (definition.parameters.empty())
    return target;
  auto parameters = json::parse(definition.parameters, nullptr, false);
  // From a program it may be any text.
  target["parameters"] = parameters.is_discarded() ? json(definition.parameters) : std::move(parameters);
  return target;
}

} // namespace

json trigger_to_json(const trigger_definition& definition) {
  return std::visit([](const auto& kind) { return write(kind); }, definition.kind);
}

} // namespace carillon::codec
