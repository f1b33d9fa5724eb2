#include "cli/option_sets.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/http.hpp"

#include <fmt/format.h>

#include <limits>

namespace carillon::app {
namespace {

std::string check_duration(const std::string& text) {
  const auto length = parse_duration(text);
  return length ? std::string{}
                : fmt::format("{} is no length of time such as 30s, 5m or 1h30m: {}", quote(text), length.err().text());
}

std::string check_rate_text(const std::string& text) {
  const auto slash = text.find('/');
  const auto count = text.substr(0, slash);
  const bool is_count =
      !count.empty() && count.size() <= 5 && count.find_first_not_of("0123456789") == std::string::npos;
  return slash != std::string::npos && is_count && parse_duration(text.substr(slash + 1))
             ? std::string{}
             : fmt::format("{} is no rate such as 10/1s or 500/1h", quote(text));
}

std::string check_assignment(const std::string& text) {
  const auto equals = text.find('=');
  const bool is_name = equals != 0 && equals != std::string::npos &&
                       find_not_utf8(std::string_view{text}.substr(0, equals)) == std::string_view::npos;
  return is_name ? std::string{} : fmt::format("{} isn't NAME=VALUE", quote(text));
}

std::string check_header(const std::string& text) {
  const auto colon = text.find(':');
  return colon == 0 || colon == std::string::npos ? fmt::format("{} isn't NAME: CONTENT", quote(text)) : std::string{};
}

std::string check_statuses(const std::string& text) {
  const auto ranges = parse_status_ranges(text);
  return ranges ? std::string{} : ranges.err().text();
}

std::size_t count_given(std::initializer_list<const std::string*> texts) {
  std::size_t given = 0;
  for (const auto* text : texts)
    given += text->empty() ? 0 : 1;
  return given;
}

void add_http_options(CLI::App& sub, http_options& http) {
  constexpr const char* group = "Or an HTTP request";
  auto* url = sub.add_option("--http", http.url, "Its address; certificates of https are always verified");
  url->type_name("URL")->group(group);
  const auto add = [&](CLI::Option* option, const char* type) { option->type_name(type)->group(group)->needs(url); };
  add(sub.add_option("--http-method", http.method, "GET if not given"), "METHOD");
  add(sub.add_option("--http-header", http.headers, "A header to send; may be repeated")
          ->allow_extra_args(false)
          ->check(CLI::Validator{check_header, "", "header"}),
      "NAME: CONTENT");
  add(sub.add_option("--http-body", http.body, "What to send; @FILE reads it from a file, - from standard input"),
      "TEXT");
  add(add_duration_option(sub, "--http-time-limit", http.time_limit, "How long it may take in all; 30s if not given"),
      "DURATION");
  add(sub.add_option("--http-success", http.success, "The statuses that mean success; 200-299 if not given")
          ->check(CLI::Validator{check_statuses, "", "statuses"}),
      "STATUSES");
  sub.add_flag("--http-follow", http.follow_redirects, "Follow redirects, up to 10")->group(group)->needs(url);
  add(sub.add_option("--http-keep", http.keep_body_bytes, "How much of the answer's body is kept; 65536 if not given"),
      "BYTES");
}

} // namespace

CLI::App& add_group(CLI::App& parent, const char* name, const char* description, const char* example) {
  auto* group = parent.add_subcommand(name, description);
  group->footer(std::string{"Example:\n  "} + example);
  group->require_subcommand(1);
  return *group;
}

void add_json_option(CLI::App& sub, parse_state& state) {
  sub.add_flag("--json", state.read.json, "Print one JSON document on standard output, and nothing else");
}

void add_list_options(CLI::App& sub, parse_state& state, list_command& list) {
  add_json_option(sub, state);
  sub.add_option("--limit", list.limit, "At most so many; all if not given")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}));
  sub.add_option("--after", list.after, "Go on where an earlier list ended: its `next`")->type_name("CURSOR");
}

CLI::Option* add_parameter(CLI::App& sub, target& what, const char* option, const char* parameter,
                           const char* description) {
  const auto append = [&what, parameter](const std::vector<std::string>& given) {
    for (const auto& each : given)
      what.query.emplace_back(parameter, each);
  };
  return sub.add_option_function<std::vector<std::string>>(option, append, description)->allow_extra_args(false);
}

void add_show_command(CLI::App& group, parse_state& state, const char* kind, const char* example) {
  add_command<show_command>(group, state, {"show", "Show all about one", example},
                            [&](CLI::App& sub, show_command& show) {
                              show.kind = kind;
                              sub.add_option("id", show.id, "Which one")->required()->type_name("ID");
                              add_json_option(sub, state);
                            });
}

void add_change_command(CLI::App& group, parse_state& state, change_command::verb verb, const command_text& text) {
  const auto complete = [](const change_command& change) {
    if (!change.new_id.empty() && change.ids.size() > 1)
      throw CLI::ValidationError{"--as", "goes with one id"};
  };
  const auto define = [&](CLI::App& sub, change_command& change) {
    change.what = verb;
    sub.add_option("id", change.ids, "Which ones")->required()->type_name("ID");
    if (verb == change_command::verb::resume)
      sub.add_option("--from", change.from, "Make up for fire times missed since then; since now if not given")
          ->type_name("TIME");
    if (verb == change_command::verb::remove_task)
      sub.add_flag("--force", change.force, "Remove its schedules and cancel its pending jobs along with it");
    if (change.adds_job())
      sub.add_option("--as", change.new_id, "A UUID of your own for the new job, of one: the same twice adds one job")
          ->type_name("UUID");
    add_json_option(sub, state);
  };
  add_command<change_command>(group, state, text, define, complete);
}

std::optional<duration> read_duration(const std::string& text) {
  const auto length = parse_duration(text); // the option's check has seen it
  return !text.empty() && length ? std::optional<duration>{*length} : std::nullopt;
}

CLI::Option* add_duration_option(CLI::App& sub, const char* name, std::string& into, const char* description) {
  return sub.add_option(name, into, description)
      ->type_name("DURATION")
      ->check(CLI::Validator{check_duration, "", "duration"});
}

CLI::Option* add_rate_option(CLI::App& sub, std::string& into, const char* description, bool or_none) {
  const auto check = [or_none](const std::string& text) {
    return or_none && text == "none" ? std::string{} : check_rate_text(text);
  };
  return sub.add_option("--rate", into, description)
      ->type_name("COUNT/DURATION")
      ->check(CLI::Validator{check, "", or_none ? "rate or none" : "rate"});
}

CLI::Option* add_duration_or_none_option(CLI::App& sub, const char* name, std::string& into, const char* description) {
  const auto check = [](const std::string& text) { return text == "none" ? std::string{} : check_duration(text); };
  return sub.add_option(name, into, description)
      ->type_name("DURATION")
      ->check(CLI::Validator{check, "", "duration or none"});
}

void add_trigger_options(CLI::App& sub, trigger_options& when) {
  constexpr const char* group = "When (one of them)";
  sub.add_option("--cron", when.cron, "As a line of a crontab says it: 5 to 7 fields, or @daily and the like")
      ->type_name("EXPRESSION")
      ->group(group);
  sub.add_option("--crontab-and", when.crontab_and, "5 fields, where day of month AND day of week must fit")
      ->type_name("EXPRESSION")
      ->group(group);
  add_duration_option(sub, "--every", when.every, "At even intervals, the first time now")->group(group);
  sub.add_option("--at", when.at, "Once, at an ISO 8601 time")->type_name("TIME")->group(group);
  sub.add_option("--trigger", when.json, "Any trigger, as JSON; @FILE reads it from a file, - from standard input")
      ->type_name("JSON")
      ->group(group);
  sub.add_option("--timezone", when.timezone, "IANA zone of --cron and --crontab-and; the node's if not given")
      ->type_name("ZONE")
      ->group(group);
}

void add_work_options(CLI::App& sub, work_options& work) {
  constexpr const char* process = "A command to run: after --, or as a shell line";
  sub.add_option("--shell", work.shell_line, "A line for /bin/sh")->type_name("LINE")->group(process);
  sub.add_option("--env", work.environment, "A variable of the command's environment; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->check(CLI::Validator{check_assignment, "", "assignment"})
      ->group(process);
  sub.add_option("--cwd", work.directory, "The command's working directory")->type_name("DIR")->group(process);
  auto* text =
      sub.add_option("--stdin", work.standard_input, "The command's standard input")->type_name("TEXT")->group(process);
  sub.add_option("--stdin-file", work.standard_input_file, "The same from a file; - takes standard input")
      ->type_name("FILE")
      ->group(process)
      ->excludes(text);
  sub.add_option("--user", work.user, "Run as this user; needs a node that runs as root")
      ->type_name("USER")
      ->group(process);
  add_http_options(sub, work.http);
  constexpr const char* task = "Or a task";
  sub.add_option("--task", work.task, "Its name")->type_name("TASK")->group(task);
  sub.add_option("--args", work.arguments, "Its arguments; @FILE reads them from a file, - from standard input")
      ->type_name("JSON")
      ->group(task);
  add_duration_option(sub, "--time-limit", work.time_limit, "How long one attempt may take");
  add_duration_option(sub, "--result-expiration", work.result_expiration, "How long the result is kept");
  sub.add_option("--metadata", work.metadata, "A JSON object that goes along with each job, over the task's")
      ->type_name("JSON");
  sub.add_option("--runner", work.runner,
                 "What runs it: thread_pool, inline or another that a worker has; the task's if not given")
      ->type_name("RUNNER");
  sub.add_option("--priority", work.priority,
                 "Of jobs that are ready the one with the higher priority begins first; 0 if not given")
      ->type_name("N")
      ->check(CLI::Range(lowest_priority, highest_priority));
  sub.add_option(
         "--follow-ups", work.follow_ups,
         R"(Jobs to add at its end: [{"on": "success", "task": TASK, "arguments": ...}, ...]; on: success, failure, end)")
      ->type_name("JSON");
  auto* rate_key =
      sub.add_option("--rate-key", work.rate_key, "Jobs with this key begin no more often than --rate says");
  rate_key->type_name("KEY");
  auto* rate = add_rate_option(sub, work.rate, "How many attempts may begin within any span of which length", false);
  rate->needs(rate_key);
  rate_key->needs(rate);
  auto* key = sub.add_option("--limit-key", work.limit_key, "At most --limit-max jobs with this key run at once");
  key->type_name("KEY");
  sub.add_option("--limit-max", work.limit_maximum, "How many jobs of --limit-key may run at once; 1 if not given")
      ->type_name("N")
      ->check(CLI::Range(std::uint32_t{1}, std::numeric_limits<std::uint32_t>::max()))
      ->needs(key);
}

void add_retry_options(CLI::App& sub, retry_options& retry) {
  constexpr const char* group = "If it fails";
  constexpr std::uint32_t most = 1'000'000'000;
  constexpr std::uint32_t whole_percent = 100;
  constexpr std::int32_t last_exit_code = 255;
  auto* retries = sub.add_option("--retries", retry.retries,
                                 "Try again so many times; what fails then too is kept as a dead letter")
                      ->type_name("N")
                      ->check(CLI::Range(std::uint32_t{0}, most))
                      ->group(group);
  add_duration_option(sub, "--retry-delay", retry.delay, "How long before the first retry; 1s if not given")
      ->group(group)
      ->needs(retries);
  sub.add_option("--retry-backoff", retry.backoff, "How that grows from one to the next; exponential if not given")
      ->type_name("KIND")
      ->check(CLI::IsMember({"fixed", "linear", "exponential"}))
      ->group(group)
      ->needs(retries);
  add_duration_option(sub, "--retry-max-delay", retry.max_delay, "Never longer than this; 1h if not given")
      ->group(group)
      ->needs(retries);
  sub.add_option("--retry-jitter", retry.jitter_percent, "Make each delay longer or shorter by up to so many percent")
      ->type_name("PERCENT")
      ->check(CLI::Range(std::uint32_t{0}, whole_percent))
      ->group(group)
      ->needs(retries);
  sub.add_option("--retry-on", retry.outcomes,
                 "Only after this outcome; may be repeated; error, timed_out and crashed if not given")
      ->type_name("OUTCOME")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"error", "timed_out", "crashed", "deserialization_failed"}))
      ->group(group)
      ->needs(retries);
  sub.add_option("--retry-exit-code", retry.exit_codes,
                 "Of a command that failed by itself: only after this code; may be repeated")
      ->type_name("N")
      ->allow_extra_args(false)
      ->check(CLI::Range(std::int32_t{1}, last_exit_code))
      ->group(group)
      ->needs(retries);
}

void complete_work(work_options& work, parse_state& state) {
  if (state.has_argv) {
    if (state.argv.empty())
      throw CLI::ValidationError{"--", "a command must follow"};
    work.argv = std::move(state.argv);
    state.has_argv = false;
  }
  const auto ways = (work.argv.empty() ? 0U : 1U) + count_given({&work.shell_line, &work.http.url, &work.task});
  if (ways == 0)
    throw CLI::ValidationError{"what to run",
                               "give a command after --, or --shell LINE, or --http URL, or --task NAME"};
  if (ways > 1)
    throw CLI::ValidationError{"what to run", "give only one of a command after --, --shell, --http and --task"};
  const auto* other = !work.task.empty() ? "--task" : !work.http.url.empty() ? "--http" : nullptr;
  if (work.task.empty() && !work.arguments.empty())
    throw CLI::ValidationError{"--args", "goes with --task"};
  if (other != nullptr && (!work.environment.empty() || count_given({&work.directory, &work.standard_input,
                                                                     &work.standard_input_file, &work.user}) > 0))
    throw CLI::ValidationError{other, "goes without --env, --cwd, --stdin, --stdin-file and --user"};
}

void check_trigger(const trigger_options& when) {
  const auto ways = count_given({&when.cron, &when.crontab_and, &when.every, &when.at, &when.json});
  if (ways != 1)
    throw CLI::ValidationError{"when", "give exactly one of --cron, --crontab-and, --every, --at and --trigger"};
  if (!when.timezone.empty() && count_given({&when.cron, &when.crontab_and}) == 0)
    throw CLI::ValidationError{"--timezone", "goes with --cron and --crontab-and"};
}

} // namespace carillon::app
