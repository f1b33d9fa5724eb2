#include "api/configuration.hpp"

#include "api/field_reader.hpp"
#include "api/requests.hpp"
#include "carillon/base/utf8.hpp"

#include "carillon/model/built_in.hpp"

#include <fmt/format.h>

#include <set>

namespace carillon::app {
namespace {

result<task> parse_task(const value& x) {
  const auto* id = x.find("id");
  const auto* text = id != nullptr ? id->get_if<std::string>() : nullptr;
  if (text == nullptr)
    return {ec::invalid_argument, "id: is missing"};
  if (auto checked = check_id("task", *text); !checked)
    return checked.err().within("id");
  const auto changes = parse_task_request(x, *text);
  if (!changes)
    return changes.err();
  task what;
  what.id = *text;
  if (is_built_in(what.id))
    what.runner = what.id;
  changes->apply(what);
  return what;
}

// A list of which each entry is read by `parse` and has an id that no other has.
template <class T, class Parse>
result<std::vector<T>> parse_list(const value& x, Parse parse) {
  const auto* entries = x.get_if<value::list>();
  if (entries == nullptr)
    return {ec::invalid_argument, "expected a list"};
  std::vector<T> all;
  std::set<std::string> ids;
  for (const auto& entry : *entries) {
    auto parsed = parse(entry);
    if (!parsed)
      return parsed.err().within(fmt::format("entry {}", all.size() + 1));
    if (!ids.insert(parsed->id).second)
      return {ec::invalid_argument, fmt::format("entry {}: id: {} is there twice", all.size() + 1, quote(parsed->id))};
    all.push_back(*std::move(parsed));
  }
  return all;
}

} // namespace

result<configuration> parse_configuration(const value& document, const trigger_defaults& defaults) {
  configuration all;
  field_reader fields{document, "a configuration"};
  fields.read_with("tasks", all.tasks, [](const value& x) { return parse_list<task>(x, parse_task); });
  fields.read_with("schedules", all.schedules, [&](const value& x) {
    return parse_list<schedule_definition>(x, [&](const value& entry) -> result<schedule_definition> {
      auto request = parse_schedule_request(entry, defaults);
      return request ? result<schedule_definition>{std::move(request->definition)} : request.err();
    });
  });
  auto checked = fields.finish();
  return checked ? result<configuration>{std::move(all)} : checked.err();
}

} // namespace carillon::app
