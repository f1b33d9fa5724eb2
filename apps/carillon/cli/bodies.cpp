#include "cli/bodies.hpp"

#include "io/read_file.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "carillon/model/command.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::app {
namespace {

constexpr const char* none = "none"; // says that a setting is none

result<std::string> read_file(const std::string& path) {
  auto text = path == "-" ? read_standard_input() : read_whole_file(path);
  return text ? std::move(text) : text.err().within(path == "-" ? "standard input" : path);
}

result<value> read_json(const char* option, const std::string& given) {
  const auto text = read_text(given);
  if (!text)
    return text.err().within(option);
  auto parsed = parse_json_text(*text);
  return parsed ? std::move(parsed) : parsed.err().within(std::string{option} + ": no JSON");
}

result<value> command_arguments(const work_options& work) {
  command_spec spec;
  spec.argv = work.argv;
  spec.shell_line = work.shell_line;
  spec.working_directory = work.directory;
  spec.standard_input = work.standard_input;
  spec.user = work.user;
  for (const auto& assignment : work.environment) {
    const auto equals = assignment.find('=');
    spec.environment[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  if (!work.standard_input_file.empty()) {
    auto text = read_file(work.standard_input_file);
    if (!text)
      return text.err().within("--stdin-file");
    spec.standard_input = std::move(*text);
  }
  return to_value(spec);
}

// As the API takes it, which checks it: the field that is wrong is named there.
result<value> http_arguments(const http_options& http) {
  value::map headers;
  for (const auto& line : http.headers) {
    const auto colon = line.find(':');
    const auto content = line.find_first_not_of(" \t", colon + 1);
    headers[line.substr(0, colon)] = content == std::string::npos ? std::string{} : line.substr(content);
  }
  value::map fields{{"url", http.url}};
  if (!headers.empty())
    fields["headers"] = std::move(headers);
  if (!http.method.empty())
    fields["method"] = http.method;
  if (!http.body.empty()) {
    auto text = read_text(http.body);
    if (!text)
      return text.err().within("--http-body");
    fields["body"] =
        find_not_utf8(*text) == std::string::npos ? value{std::move(*text)} : value{bytes{std::move(*text)}};
  }
  if (!http.time_limit.empty())
    fields["time_limit_us"] = parse_duration(http.time_limit)->count();
  if (!http.success.empty())
    fields["success"] = http.success;
  if (http.follow_redirects)
    fields["follow_redirects"] = true;
  if (http.keep_body_bytes)
    fields["keep_body_bytes"] = static_cast<std::int64_t>(*http.keep_body_bytes);
  return value{std::move(fields)};
}

void put_text(value::map& body, const char* name, const std::string& text) {
  if (!text.empty())
    body[name] = text;
}

value retry_body(const retry_options& retry) {
  value::map body{{"max_attempts", std::int64_t{*retry.retries} + 1}};
  put_text(body, "delay", retry.delay);
  put_text(body, "backoff", retry.backoff);
  put_text(body, "max_delay", retry.max_delay);
  if (retry.jitter_percent)
    body["jitter_percent"] = std::int64_t{*retry.jitter_percent};
  if (!retry.outcomes.empty())
    body["outcomes"] = value::list(retry.outcomes.begin(), retry.outcomes.end());
  value::list codes;
  for (const auto code : retry.exit_codes)
    codes.push_back(std::int64_t{code});
  if (!codes.empty())
    body["exit_codes"] = std::move(codes);
  return body;
}

// COUNT/DURATION, as it was checked.
value::map rate_body(const std::string& rate) {
  const auto slash = rate.find('/');
  return {{"count", std::int64_t{std::stol(rate.substr(0, slash))}}, {"per", rate.substr(slash + 1)}};
}

// What schedules and jobs have in common.
result<value::map> work_body(const work_options& work, const retry_options& retry) {
  const std::string built_in = work.http.url.empty() ? command_task : http_task;
  value::map body{{"task", work.task.empty() ? built_in : work.task}};
  result<value> arguments = value{};
  if (!work.http.url.empty())
    arguments = http_arguments(work.http);
  else if (work.task.empty())
    arguments = command_arguments(work);
  else if (!work.arguments.empty())
    arguments = read_json("--args", work.arguments);
  if (!arguments)
    return arguments.err();
  body["arguments"] = std::move(*arguments);
  put_text(body, "time_limit", work.time_limit);
  put_text(body, "result_expiration", work.result_expiration);
  put_text(body, "runner", work.runner);
  if (!work.limit_key.empty())
    body["limit"] = value::map{{"key", work.limit_key}, {"maximum", std::int64_t{work.limit_maximum.value_or(1)}}};
  if (!work.rate_key.empty()) {
    auto rate = rate_body(work.rate);
    rate["key"] = work.rate_key;
    body["rate"] = std::move(rate);
  }
  if (work.priority)
    body["priority"] = std::int64_t{*work.priority};
  if (!work.follow_ups.empty()) {
    auto follow_ups = read_json("--follow-ups", work.follow_ups);
    if (!follow_ups)
      return follow_ups.err();
    body["follow_ups"] = std::move(*follow_ups);
  }
  if (retry.retries)
    body["retry"] = retry_body(retry);
  if (!work.metadata.empty()) {
    auto metadata = read_json("--metadata", work.metadata);
    if (!metadata)
      return metadata.err();
    body["metadata"] = std::move(*metadata);
  }
  return body;
}

value interval_body(duration interval) {
  constexpr std::int64_t one_second = 1'000'000;
  const auto count = interval.count();
  value::map body{{"type", "interval"}};
  body[count % one_second == 0 ? "seconds" : "microseconds"] = count % one_second == 0 ? count / one_second : count;
  return body;
}

} // namespace

result<std::string> read_text(const std::string& given) {
  if (given == "-")
    return read_file(given);
  return given.starts_with('@') ? read_file(given.substr(1)) : given;
}

result<value> trigger_body(const trigger_options& when) {
  if (!when.json.empty())
    return read_json("--trigger", when.json);
  if (!when.every.empty()) {
    const auto interval = parse_duration(when.every);
    return interval ? result<value>{interval_body(*interval)} : interval.err().within("--every");
  }
  if (!when.at.empty())
    return value{value::map{{"type", "date"}, {"run_time", when.at}}};
  value::map body{{"type", when.cron.empty() ? "crontab" : "classic_cron"},
                  {"expression", when.cron.empty() ? when.crontab_and : when.cron}};
  put_text(body, "timezone", when.timezone);
  return value{std::move(body)};
}

result<value> schedule_body(const add_schedule_command& what) {
  auto body = work_body(what.work, what.retry);
  if (!body)
    return body.err();
  auto trigger = trigger_body(what.when);
  if (!trigger)
    return trigger.err();
  (*body)["id"] = what.id;
  (*body)["trigger"] = std::move(*trigger);
  (*body)["paused"] = what.paused;
  put_text(*body, "coalesce", what.coalesce);
  put_text(*body, "overlap", what.overlap);
  put_text(*body, "misfire_grace_time", what.misfire_grace);
  put_text(*body, "max_jitter", what.max_jitter);
  if (what.max_catch_up)
    (*body)["max_catch_up"] = std::int64_t{*what.max_catch_up};
  if (what.replace)
    (*body)["on_conflict"] = std::string{to_string(conflict_policy::replace)};
  return value{std::move(*body)};
}

result<value> job_body(const run_job_command& what) {
  auto body = work_body(what.work, what.retry);
  if (!body)
    return body.err();
  put_text(*body, "id", what.id);
  put_text(*body, "not_before", what.not_before);
  put_text(*body, "start_deadline", what.start_deadline);
  if (!what.unique_key.empty()) {
    value::map unique{{"key", what.unique_key}};
    put_text(unique, "window", what.unique_window);
    (*body)["unique"] = std::move(unique);
  }
  return value{std::move(*body)};
}

value::map backfill_body(const backfill_command& what) {
  value::map body{{"from", what.from}};
  put_text(body, "id", what.backfill_id);
  put_text(body, "to", what.to);
  put_text(body, "which", what.which);
  put_text(body, "overlap", what.overlap);
  if (what.max_running)
    body["max_running_jobs"] = std::int64_t{*what.max_running};
  if (what.priority)
    body["priority"] = std::int64_t{*what.priority};
  return body;
}

result<value> task_body(const set_task_command& what) {
  value::map body;
  for (const auto& [name, given] : {std::pair{"runner", &what.runner},
                                    {"misfire_grace_time", &what.misfire_grace},
                                    {"time_limit", &what.time_limit},
                                    {"result_expiration", &what.result_expiration},
                                    {"on_loss", &what.on_loss}})
    if (!given->empty())
      body[name] = *given == none ? value{} : value{*given};
  if (!what.max_running.empty())
    body["max_running_jobs"] = what.max_running == none ? value{} : value{std::int64_t{std::stol(what.max_running)}};
  if (!what.rate.empty())
    body["rate"] = what.rate == none ? value{} : value{rate_body(what.rate)};
  if (what.retry.retries)
    body["retry"] = retry_body(what.retry);
  if (!what.labels.empty()) {
    const bool is_none = std::ranges::find(what.labels, none) != what.labels.end();
    if (is_none && what.labels.size() > 1)
      return error{ec::invalid_argument, "--label: none goes with no other label"};
    body["labels"] = is_none ? value{} : value{value::list(what.labels.begin(), what.labels.end())};
  }
  if (what.metadata == none)
    body["metadata"] = value{};
  else if (!what.metadata.empty()) {
    auto metadata = read_json("--metadata", what.metadata);
    if (!metadata)
      return metadata.err();
    body["metadata"] = std::move(*metadata);
  }
  return value{std::move(body)};
}

} // namespace carillon::app
