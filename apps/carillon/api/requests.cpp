#include "api/requests.hpp"

#include "api/field_reader.hpp"

#include "carillon/model/command.hpp"
#include "carillon/trigger/trigger_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

namespace carillon::app {
namespace {

error bad(std::string text) { return {ec::invalid_argument, std::move(text)}; }

result<timestamp> parse_instant(const value& x) {
  const auto* text = x.get_if<std::string>();
  return text != nullptr ? parse_iso8601(*text) : bad("expected an ISO 8601 time with an offset, as a text");
}

result<std::string> parse_id(const value& x) {
  auto id = from_value<std::string>(x);
  const auto checked = id ? check_id("schedule", *id) : id.err();
  return checked ? std::move(id) : checked.err();
}

template <class Enum>
result<Enum> parse_name(const value& x) {
  const auto* text = x.get_if<std::string>();
  if (text == nullptr)
    return bad("expected a text");
  if (const auto parsed = parse_enum<Enum>(*text))
    return *parsed;
  std::string known; // the enumerations begin at 0 and have no holes
  for (int number = 0; to_string(static_cast<Enum>(number)) != "unknown"; ++number)
    known += (number == 0 ? "" : ", ") + std::string{to_string(static_cast<Enum>(number))};
  return bad(fmt::format("unknown name {:?}; there are {}", *text, known));
}

result<job_id> parse_uuid(const value& x) {
  const auto* text = x.get_if<std::string>();
  return text != nullptr ? job_id::parse(*text) : bad("expected a UUID as a text");
}

result<std::vector<job_outcome>> parse_outcomes(const value& x) {
  const auto names = from_value<std::vector<value>>(x);
  if (!names)
    return names.err();
  std::vector<job_outcome> outcomes;
  for (const auto& each : *names) {
    const auto outcome = parse_name<job_outcome>(each);
    if (!outcome)
      return outcome.err();
    outcomes.push_back(*outcome);
  }
  return outcomes;
}

result<value::map> parse_map(const value& x) {
  const auto* map = x.get_if<value::map>();
  return map != nullptr ? result<value::map>{*map} : bad("expected a JSON object");
}

result<concurrency_limit> parse_limit(const value& x) {
  concurrency_limit limit;
  field_reader fields{x, "a limit"};
  fields.read_required("key", limit.key);
  fields.read("maximum", limit.maximum);
  if (auto checked = fields.finish(); !checked)
    return checked.err();
  return limit;
}

// A trigger that makes sense, so that the refusal names the field.
result<trigger_definition> parse_trigger(const value& x, const trigger_defaults& defaults) {
  auto definition = parse_trigger_json_text(to_json_text(x), defaults);
  if (!definition)
    return definition;
  const auto made = trigger::make(*definition);
  return made ? std::move(definition) : made.err();
}

result<void> check_arguments(const std::string& task, const value& arguments) {
  if (task != command_task)
    return {};
  const auto spec = to_command_spec(arguments);
  return spec ? result<void>{} : spec.err().within("arguments");
}

result<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size())
    return bad(fmt::format("expected a whole number, not {:?}", text));
  return number;
}

result<void> check_parameters(const target& from, std::span<const std::string_view> known) {
  for (const auto& [name, ignored] : from.query)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return bad(fmt::format("{}: unknown parameter; there are {}", name, fmt::join(known, ", ")));
  return {};
}

result<page_request> read_page(const target& from) {
  page_request page;
  if (const auto limit = from.parameter("limit")) {
    const auto number = parse_number(*limit);
    if (!number)
      return number.err().within("limit");
    if (*number == 0 || *number > limits{}.page_items)
      return bad(fmt::format("limit: must be 1 to {}", limits{}.page_items));
    page.limit = *number;
  }
  page.after = from.parameter("after").value_or("");
  return page;
}

// How many of something; as it is if the parameter isn't given.
result<void> read_count(const target& from, const char* name, std::size_t& into) {
  const auto text = from.parameter(name);
  if (!text)
    return {};
  const auto number = parse_number(*text);
  if (!number)
    return number.err().within(name);
  if (*number > limits{}.page_items)
    return bad(fmt::format("{}: must be 0 to {}", name, limits{}.page_items));
  into = *number;
  return {};
}

std::string names_of_event_types() {
  std::string names;
  for (int number = 1; to_string(static_cast<event_type>(number)) != "unknown"; ++number)
    names += (number == 1 ? "" : ", ") + std::string{to_string(static_cast<event_type>(number))};
  return names;
}

// What a page and a stream of events have in common.
result<void> read_events_wanted(const target& from, event_filter& filter, std::optional<revision>& since) {
  for (const auto& [name, content] : from.query) {
    if (name != "type")
      continue;
    const auto type = parse_event_type(content);
    if (!type)
      return bad(fmt::format("type: there is no event {:?}; there are {}", content, names_of_event_types()));
    filter.types.push_back(*type);
  }
  filter.schedule_id = from.parameter("schedule_id").value_or("");
  filter.task = from.parameter("task").value_or("");
  if (const auto text = from.parameter("since")) {
    const auto number = parse_number(*text);
    if (!number)
      return number.err().within("since");
    since = *number;
  }
  return {};
}

} // namespace

result<duration> parse_length_of_time(const value& x) {
  constexpr double longest_seconds = 10'000.0 * 366 * 86'400; // as parse_duration
  constexpr double micro = 1e6;
  if (const auto* text = x.get_if<std::string>())
    return parse_duration(*text);
  const auto seconds = from_value<double>(x);
  if (!seconds)
    return bad("expected a number of seconds or a text such as \"1h30m\"");
  if (!(*seconds >= 0 && *seconds <= longest_seconds))
    return bad("must be at least 0 and at most 10,000 years");
  return duration{std::llround(*seconds * micro)};
}

result<retry_policy> parse_retry_policy(const value& x) {
  retry_policy policy;
  field_reader fields{x, "a retry policy"};
  fields.read("max_attempts", policy.max_attempts);
  fields.read_with("backoff", policy.backoff, parse_name<backoff_kind>);
  fields.read_with("delay", policy.delay, parse_length_of_time);
  policy.max_delay = std::max(policy.max_delay, policy.delay); // where it isn't said
  fields.read_with("max_delay", policy.max_delay, parse_length_of_time);
  fields.read("jitter_percent", policy.jitter_percent);
  fields.read_with("outcomes", policy.outcomes, parse_outcomes);
  fields.read("exit_codes", policy.exit_codes);
  if (auto checked = fields.finish(); !checked)
    return checked.err();
  if (auto checked = check_retry(policy); !checked)
    return checked.err();
  return policy;
}

result<schedule_request> parse_schedule_request(const value& body, const trigger_defaults& defaults) {
  schedule_request request;
  auto& what = request.definition;
  field_reader fields{body, "a schedule"};
  fields.read_required("id", what.id);
  fields.read_with("id", what.id, parse_id);
  fields.read_required("task", what.task);
  bool has_trigger = false;
  fields.read_with("trigger", what.trigger, [&](const value& x) {
    has_trigger = true;
    return parse_trigger(x, defaults);
  });
  fields.read("arguments", what.arguments);
  fields.read_with("coalesce", what.coalesce, parse_name<coalesce_policy>);
  fields.read_with("overlap", what.overlap, parse_name<overlap_policy>);
  fields.read_with("misfire_grace_time", what.misfire_grace_time, parse_length_of_time);
  fields.read_with("time_limit", what.time_limit, parse_length_of_time);
  fields.read_with("result_expiration", what.result_expiration, parse_length_of_time);
  fields.read_with("limit", what.limit, parse_limit);
  fields.read("runner", what.runner);
  fields.read_with("retry", what.retry, parse_retry_policy);
  fields.read_with("max_jitter", what.max_jitter, parse_length_of_time);
  fields.read("max_catch_up", what.max_catch_up);
  fields.read("paused", what.paused);
  fields.read_with("metadata", what.metadata, parse_map);
  fields.read_with("on_conflict", request.on_conflict, parse_name<conflict_policy>);
  if (!has_trigger)
    fields.refuse(bad("trigger: is missing"));
  if (auto checked = fields.finish(); !checked)
    return checked.err();
  if (auto checked = check_arguments(what.task, what.arguments); !checked)
    return checked.err();
  return request;
}

result<job_request> parse_job_request(const value& body) {
  job_request request;
  field_reader fields{body, "a job"};
  fields.read_required("task", request.task);
  fields.read("arguments", request.arguments);
  fields.read_with("id", request.id, parse_uuid);
  fields.read_with("not_before", request.not_before, parse_instant);
  fields.read_with("start_deadline", request.start_deadline, parse_instant);
  fields.read_with("time_limit", request.time_limit, parse_length_of_time);
  fields.read_with("result_expiration", request.result_expiration, parse_length_of_time);
  fields.read_with("limit", request.limit, parse_limit);
  fields.read("runner", request.runner);
  fields.read_with("retry", request.retry, parse_retry_policy);
  fields.read_with("metadata", request.metadata, parse_map);
  if (auto checked = fields.finish(); !checked)
    return checked.err();
  if (auto checked = check_arguments(request.task, request.arguments); !checked)
    return checked.err();
  return request;
}

void task_changes::apply(task& to) const {
  const task silent;
  if (runner)
    to.runner = runner->value_or(to.id == command_task ? command_task : silent.runner);
  if (max_running_jobs)
    to.max_running_jobs = *max_running_jobs;
  if (misfire_grace_time)
    to.misfire_grace_time = *misfire_grace_time;
  if (time_limit)
    to.time_limit = *time_limit;
  if (result_expiration)
    to.result_expiration = result_expiration->value_or(silent.result_expiration);
  if (on_loss)
    to.on_loss = on_loss->value_or(silent.on_loss);
  if (retry)
    to.retry = retry->value_or(silent.retry);
  if (metadata)
    to.metadata = metadata->value_or(silent.metadata);
}

result<task_changes> parse_task_request(const value& body, const std::string& id) {
  task_changes changes;
  std::string named = id;
  field_reader fields{body, "a task"};
  fields.read("id", named);
  fields.read_nullable("runner", changes.runner, from_value<std::string>);
  fields.read_nullable("max_running_jobs", changes.max_running_jobs, from_value<std::uint32_t>);
  fields.read_nullable("misfire_grace_time", changes.misfire_grace_time, parse_length_of_time);
  fields.read_nullable("time_limit", changes.time_limit, parse_length_of_time);
  fields.read_nullable("result_expiration", changes.result_expiration, parse_length_of_time);
  fields.read_nullable("on_loss", changes.on_loss, parse_name<loss_policy>);
  fields.read_nullable("retry", changes.retry, parse_retry_policy);
  fields.read_nullable("metadata", changes.metadata, parse_map);
  if (named != id)
    fields.refuse(bad("id: isn't the one in the path"));
  if (auto checked = fields.finish(); !checked)
    return checked.err();
  return changes;
}

result<bool> parse_force(const target& from) {
  constexpr std::string_view known[] = {"force"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  const auto force = from.parameter("force").value_or("false");
  if (force != "true" && force != "false")
    return bad(fmt::format("force: expected true or false, not {:?}", force));
  return force == "true";
}

result<std::optional<timestamp>> parse_resume_request(const value& body) {
  std::optional<timestamp> from;
  if (body.is_null())
    return from;
  field_reader fields{body, "a resume request"};
  fields.read_with("from", from, parse_instant);
  auto checked = fields.finish();
  return checked ? result<std::optional<timestamp>>{from} : checked.err();
}

result<explanation_request> parse_explanation_request(const target& from) {
  constexpr std::string_view known[] = {"limit", "coming"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  explanation_request request;
  for (const auto& [name, field] : {std::pair{"limit", &request.decisions}, std::pair{"coming", &request.coming}})
    if (auto read = read_count(from, name, *field); !read)
      return read.err();
  return request;
}

result<preview_request> parse_preview_request(const target& from) {
  constexpr std::string_view known[] = {"from", "coming"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  preview_request request;
  if (const auto text = from.parameter("from")) {
    const auto parsed = parse_iso8601(*text);
    if (!parsed)
      return parsed.err().within("from");
    request.from = *parsed;
  }
  if (auto read = read_count(from, "coming", request.coming); !read)
    return read.err();
  return request;
}

result<std::optional<job_id>> parse_rerun_request(const value& body) {
  std::optional<job_id> id;
  if (body.is_null())
    return id;
  field_reader fields{body, "a rerun request"};
  fields.read_with("id", id, parse_uuid);
  auto checked = fields.finish();
  return checked ? result<std::optional<job_id>>{id} : checked.err();
}

result<page_request> parse_page_request(const target& from) {
  constexpr std::string_view known[] = {"limit", "after"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  return read_page(from);
}

result<job_list_request> parse_job_list_request(const target& from) {
  constexpr std::string_view known[] = {"schedule_id", "task", "state", "limit", "after"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  job_list_request request;
  request.filter.schedule_id = from.parameter("schedule_id").value_or("");
  request.filter.task = from.parameter("task").value_or("");
  if (const auto state = from.parameter("state")) {
    const auto parsed = parse_name<job_state>(value{*state});
    if (!parsed)
      return parsed.err().within("state");
    request.filter.state = *parsed;
  }
  auto page = read_page(from);
  if (!page)
    return page.err();
  request.page = std::move(*page);
  return request;
}

result<event_request> parse_event_request(const target& from) {
  constexpr std::string_view known[] = {"type", "schedule_id", "task", "since", "limit"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  event_request request;
  if (auto read = read_events_wanted(from, request.filter, request.since); !read)
    return read.err();
  auto page = read_page(from);
  if (!page)
    return page.err();
  request.page = std::move(*page);
  if (request.since)
    request.page.after = std::to_string(*request.since);
  return request;
}

result<event_stream_request> parse_event_stream_request(const target& from) {
  constexpr std::string_view known[] = {"type", "schedule_id", "task", "since", "count", "timeout"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  event_stream_request request;
  if (auto read = read_events_wanted(from, request.filter, request.since); !read)
    return read.err();
  if (const auto count = from.parameter("count")) {
    const auto number = parse_number(*count);
    if (!number)
      return number.err().within("count");
    if (*number == 0)
      return bad("count: must be at least 1");
    request.count = *number;
  }
  if (const auto timeout = from.parameter("timeout")) {
    const auto length = parse_duration(*timeout);
    if (!length)
      return length.err().within("timeout");
    request.timeout = *length;
  }
  return request;
}

result<duration> parse_wait_limit(const target& from, duration longest) {
  constexpr std::string_view known[] = {"limit"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  const auto text = from.parameter("limit");
  if (!text)
    return longest;
  const auto limit = parse_duration(*text);
  if (!limit)
    return limit.err().within("limit");
  return std::min(*limit, longest);
}

} // namespace carillon::app
