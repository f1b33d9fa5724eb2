#include "api/field_values.hpp"
#include "api/views.hpp"

namespace carillon::app {
namespace {

using namespace field_values;

value instants(const std::vector<timestamp>& all) {
  value::list list;
  for (const auto each : all)
    list.push_back(instant(each));
  return list;
}

template <class T>
value views(const std::vector<T>& all) {
  value::list list;
  for (const auto& each : all)
    list.push_back(view_of(each));
  return list;
}

value history_view(const schedule_history& what) {
  return value::map{
      {"id", what.id},
      {"incarnation", number(what.incarnation)},
      {"removed", what.is_removed},
      {"eras", number(what.eras)},
      {"fire_times", number(what.fire_times)},
      {"jobs", number(what.jobs)},
      {"skips", number(what.skips)},
      {"missing", number(what.missing)},
      {"extra", number(what.extra)},
      {"first_fault", text(what.first_fault)},
      {"note", text(what.note)},
  };
}

} // namespace

value view_of(const past_definition& what) {
  const auto definition = view_of(what.what);
  auto fields = *definition.get_if<value::map>();
  fields.erase("paused"); // what it was added with
  fields["incarnation"] = number(what.incarnation);
  fields["revision"] = number(what.changed);
  fields["trigger_since"] = instant(what.trigger_since);
  fields["covered_to"] = instant(what.covered_to);
  fields["replaced_at"] = instant(what.replaced_at);
  return fields;
}

value view_of(const fire_decision& what) {
  return value::map{
      {"first", instant(what.first)},
      {"last", instant(what.last)},
      {"count", what.count ? number(*what.count) : value{}},
      {"job_id", what.job ? value{what.job->to_string()} : value{}},
      {"state", what.job ? value{std::string{to_string(what.state)}} : value{}},
      {"outcome", what.outcome == job_outcome::none ? value{} : value{std::string{to_string(what.outcome)}}},
      {"reason", what.reason ? value{std::string{to_string(*what.reason)}} : value{}},
      {"text", what.text},
  };
}

value view_of(const schedule_explanation& what) {
  return value::map{
      {"schedule", view_of(what.what)}, {"standing", what.text},       {"whole_since", instant(what.whole_since)},
      {"decided", views(what.decided)}, {"next", instants(what.next)},
  };
}

value view_of(const schedule_preview& what) {
  return value::map{
      {"jobs", views(what.jobs)},
      {"skips", views(what.skips)},
      {"next", instants(what.next)},
      {"pause_reason", text(what.pause_reason)},
  };
}

value view_of(const history_report& what) {
  const auto whole = view_of(what.found);
  auto fields = *whole.get_if<value::map>();
  fields["as_of"] = instant(what.as_of);
  fields["whole_since"] = instant(what.whole_since);
  value::list history;
  for (const auto& each : what.schedules)
    history.push_back(history_view(each));
  fields["history"] = std::move(history);
  return fields;
}

} // namespace carillon::app
