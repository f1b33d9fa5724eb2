#include "api/requests.hpp"

#include "api/field_reader.hpp"
#include "api/parse_name.hpp"

#include "carillon/model/built_in.hpp"
#include "carillon/model/command.hpp"
#include "carillon/model/http.hpp"
#include "carillon/trigger/trigger_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace carillon::app {
namespace {

result<timestamp> parse_instant(const value& x) {
  const auto* text = x.get_if<std::string>();
  return text != nullptr ? parse_iso8601(*text) : bad("expected an ISO 8601 time with an offset, as a text");
}

result<std::string> parse_id(const value& x) {
  auto id = from_value<std::string>(x);
  const auto checked = id ? check_id("schedule", *id) : id.err();
  return checked ? std::move(id) : checked.err();
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

void read_rate(field_reader& fields, start_rate& rate) {
  fields.read("count", rate.count);
  fields.read_with("per", rate.per, parse_length_of_time);
}

result<start_rate> parse_rate(const value& x) {
  start_rate rate;
  field_reader fields{x, "a rate"};
  read_rate(fields, rate);
  auto checked = fields.finish();
  return checked ? result<start_rate>{rate} : checked.err();
}

result<rate_limit> parse_rate_limit(const value& x) {
  rate_limit limit;
  field_reader fields{x, "a rate"};
  fields.read_required("key", limit.key);
  read_rate(fields, limit.rate);
  auto checked = fields.finish();
  return checked ? result<rate_limit>{std::move(limit)} : checked.err();
}

result<unique_key> parse_unique_key(const value& x) {
  unique_key unique;
  field_reader fields{x, "a unique key"};
  fields.read_required("key", unique.key);
  fields.read_with("window", unique.window, parse_length_of_time);
  if (auto checked = fields.finish(); !checked)
    return checked.err();
  return unique;
}

result<std::vector<follow_up>> parse_follow_ups(const value& x) { // NOLINT(misc-no-recursion): JSON has a depth limit
  const auto* list = x.get_if<value::list>();
  if (list == nullptr)
    return bad("expected a list");
  std::vector<follow_up> all;
  for (const auto& each : *list) {
    auto& one = all.emplace_back();
    field_reader fields{each, "a follow-up"};
    fields.read_with("on", one.on, parse_name<follow_up_trigger>);
    fields.read_required("task", one.task);
    fields.read("arguments", one.arguments);
    fields.read("priority", one.priority);
    fields.read_with("follow_ups", one.follow_ups, parse_follow_ups);
    if (auto checked = fields.finish(); !checked)
      return checked.err();
  }
  return all;
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
  const auto refusal = [&]() -> result<void> {
    if (task == command_task)
      if (const auto spec = to_command_spec(arguments); !spec)
        return spec.err();
    if (task == http_task)
      if (const auto spec = to_http_spec(arguments); !spec)
        return spec.err();
    return {};
  }();
  return refusal ? refusal : refusal.err().within("arguments");
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
  fields.read_with("rate", what.rate, parse_rate_limit);
  fields.read("priority", what.priority);
  fields.read_with("follow_ups", what.follow_ups, parse_follow_ups);
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
  fields.read_with("rate", request.rate, parse_rate_limit);
  fields.read("priority", request.priority);
  fields.read_with("unique", request.unique, parse_unique_key);
  fields.read_with("follow_ups", request.follow_ups, parse_follow_ups);
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
    to.runner = runner->value_or(is_built_in(to.id) ? to.id : silent.runner);
  if (max_running_jobs)
    to.max_running_jobs = *max_running_jobs;
  if (rate)
    to.rate = *rate;
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
  if (labels)
    to.labels = labels->value_or(silent.labels);
  if (metadata)
    to.metadata = metadata->value_or(silent.metadata);
}

result<task_changes> parse_task_request(const value& body, const std::string& id) {
  task_changes changes;
  std::string named = id;
  field_reader fields{body, "a task"};
  fields.read("id", named);
  fields.read_nullable("runner", changes.runner, from_value<std::string>);
  fields.read_nullable("rate", changes.rate, parse_rate);
  fields.read_nullable("max_running_jobs", changes.max_running_jobs, from_value<std::uint32_t>);
  fields.read_nullable("misfire_grace_time", changes.misfire_grace_time, parse_length_of_time);
  fields.read_nullable("time_limit", changes.time_limit, parse_length_of_time);
  fields.read_nullable("result_expiration", changes.result_expiration, parse_length_of_time);
  fields.read_nullable("on_loss", changes.on_loss, parse_name<loss_policy>);
  fields.read_nullable("retry", changes.retry, parse_retry_policy);
  fields.read_nullable("labels", changes.labels, from_value<std::vector<std::string>>);
  fields.read_nullable("metadata", changes.metadata, parse_map);
  if (named != id)
    fields.refuse(bad("id: isn't the one in the path"));
  if (auto checked = fields.finish(); !checked)
    return checked.err();
  return changes;
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

result<backfill> parse_backfill_request(const value& body, std::string schedule_id, timestamp now) {
  backfill what;
  what.schedule_id = std::move(schedule_id);
  what.to = now;
  std::optional<timestamp> from;
  field_reader fields{body, "a backfill request"};
  fields.read_with("id", what.id, parse_uuid);
  fields.read_with("from", from, parse_instant);
  fields.read_with("to", what.to, parse_instant);
  fields.read_with("which", what.which, parse_name<backfill_selection>);
  fields.read_with("overlap", what.overlap, parse_name<overlap_policy>);
  fields.read("max_running_jobs", what.max_running_jobs);
  fields.read("priority", what.priority);
  if (!from)
    fields.refuse(bad("from: is missing"));
  if (auto checked = fields.finish(); !checked)
    return checked.err();
  what.from = *from;
  return what;
}

result<bool> parse_drain_request(const value& body) {
  bool hand_back = false;
  if (body.is_null())
    return hand_back;
  field_reader fields{body, "a drain request"};
  fields.read("hand_back", hand_back);
  auto checked = fields.finish();
  return checked ? result<bool>{hand_back} : checked.err();
}

result<std::string> parse_backup_request(const value& body) {
  std::string folder;
  field_reader fields{body, "a backup request"};
  fields.read_required("folder", folder);
  if (!folder.empty() && folder.front() != '/')
    fields.refuse(bad("folder: must be an absolute path, as the node may work in another folder"));
  if (folder.find('\0') != std::string::npos) // the system would take what stands before it
    fields.refuse(bad("folder: holds a character that no path has (NUL)"));
  auto checked = fields.finish();
  return checked ? result<std::string>{std::move(folder)} : checked.err();
}

result<std::optional<job_id>> parse_new_id_request(const value& body, const char* what) {
  std::optional<job_id> id;
  if (body.is_null())
    return id;
  field_reader fields{body, what};
  fields.read_with("id", id, parse_uuid);
  auto checked = fields.finish();
  return checked ? result<std::optional<job_id>>{id} : checked.err();
}

} // namespace carillon::app
