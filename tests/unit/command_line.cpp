#include "cli/bodies.hpp"
#include "cli/parse.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

// The command that the words say; the test fails if they are refused.
template <class T>
T parse_as(words line) {
  auto parsed = parse_command_line(std::move(line));
  if (const auto* end = std::get_if<parse_end>(&parsed))
    BOOST_FAIL(end->text);
  return std::get<T>(std::get<invocation>(parsed).what);
}

invocation parse(words line) { return std::get<invocation>(parse_command_line(std::move(line))); }

// What is said to a wrong line.
std::string usage_error(words line) {
  const auto parsed = parse_command_line(std::move(line));
  const auto* end = std::get_if<parse_end>(&parsed);
  if (end == nullptr)
    return "accepted";
  return end->code == exit_code::usage ? end->text : "help";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string schedule_json(words options) {
  words line{"schedule", "add", "x"};
  line.insert(line.end(), options.begin(), options.end());
  return to_json_text(schedule_body(parse_as<add_schedule_command>(line)).or_throw());
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(what_follows_the_dashes_is_a_command_word_for_word) {
  const auto what =
      parse_as<add_schedule_command>({"schedule", "add", "backup", "--cron", "0 3 * * *", "--timezone", "Europe/Berlin",
                                      "--", "/usr/bin/rsync", "-a", "--socket", "list", "--"});
  BOOST_TEST(what.id == "backup");
  BOOST_TEST(what.when.cron == "0 3 * * *");
  BOOST_TEST(what.when.timezone == "Europe/Berlin");
  const words expected{"/usr/bin/rsync", "-a", "--socket", "list", "--"};
  BOOST_TEST(what.work.argv == expected);
}

BOOST_AUTO_TEST_CASE(the_socket_is_named_before_or_after_the_command) {
  BOOST_TEST(parse({"--socket", "/a", "job", "list"}).socket == "/a");
  BOOST_TEST(parse({"job", "list", "--socket", "/a"}).socket == "/a");
  BOOST_TEST(parse({"job", "--socket=/a", "list"}).socket == "/a");
}

BOOST_AUTO_TEST_CASE(an_id_may_be_the_name_of_a_command) {
  BOOST_TEST(parse_as<show_command>({"schedule", "show", "list"}).id == "list");
  BOOST_TEST(parse_as<show_command>({"schedule", "show", "status"}).id == "status");
  const words ids{"job", "list"};
  BOOST_TEST(parse_as<change_command>({"schedule", "pause", "job", "list"}).ids == ids);
}

BOOST_AUTO_TEST_CASE(triggers_become_json) {
  BOOST_TEST(has(schedule_json({"--every", "5s", "--", "date"}), R"("trigger":{"seconds":5,"type":"interval"})"));
  BOOST_TEST(has(schedule_json({"--every", "1h30m", "--", "date"}), R"("seconds":5400)"));
  BOOST_TEST(has(schedule_json({"--every", "250ms", "--", "date"}), R"("microseconds":250000)"));
  BOOST_TEST(has(schedule_json({"--cron", "@daily", "--", "date"}), R"("expression":"@daily","type":"classic_cron")"));
  BOOST_TEST(has(schedule_json({"--crontab-and", "0 8 13-19 * wed", "--timezone", "UTC", "--", "date"}),
                 R"("timezone":"UTC","type":"crontab")"));
  BOOST_TEST(has(schedule_json({"--at", "2026-03-29T12:00Z", "--", "date"}), R"("run_time":"2026-03-29T12:00Z")"));
  BOOST_TEST(has(schedule_json({"--trigger", R"({"type":"or"})", "--", "date"}), R"("trigger":{"type":"or"})"));
}

BOOST_AUTO_TEST_CASE(work_becomes_json) {
  BOOST_TEST(has(schedule_json({"--every", "5s", "--", "sh", "-c", "exit 3"}), R"("argv":["sh","-c","exit 3"])"));
  BOOST_TEST(has(
      schedule_json({"--every", "5s", "--shell", "a | b", "--cwd", "/tmp", "--stdin", "x", "--env", "A=b=c"}),
      R"("arguments":{"environment":{"A":"b=c"},"shell_line":"a | b","standard_input":"x","working_directory":"/tmp"})"));
  const auto task = schedule_json({"--every", "5s", "--task", "mail", "--args", R"(["ann", 3])", "--overlap", "skip",
                                   "--coalesce", "all", "--misfire-grace", "1m", "--max-jitter", "2s", "--time-limit",
                                   "3s", "--paused", "--replace"});
  BOOST_TEST(task == R"({"arguments":["ann",3],"coalesce":"all","id":"x","max_jitter":"2s","misfire_grace_time":"1m",)"
                     R"("on_conflict":"replace","overlap":"skip","paused":true,"task":"mail","time_limit":"3s",)"
                     R"("trigger":{"seconds":5,"type":"interval"}})");
}

BOOST_AUTO_TEST_CASE(a_request_becomes_json) {
  BOOST_TEST(has(schedule_json({"--every", "5s", "--http", "http://x/"}),
                 R"("arguments":{"url":"http://x/"},"id":"x","paused":false,"task":"http")"));
  const auto said = schedule_json({"--every", "5s", "--http", "https://x/", "--http-method", "PUT", "--http-header",
                                   "A: b: c", "--http-header", "Empty:", "--http-body", "{}", "--http-time-limit", "1m",
                                   "--http-success", "200,404", "--http-follow", "--http-keep", "10"});
  BOOST_TEST(has(said, R"("arguments":{"body":"{}","follow_redirects":true,"headers":{"A":"b: c","Empty":""},)"
                       R"("keep_body_bytes":10,"method":"PUT","success":"200,404","time_limit_us":60000000,)"
                       R"("url":"https://x/"})"),
             said);
}

BOOST_AUTO_TEST_CASE(limits_and_runners_become_json) {
  const auto said = schedule_json({"--every", "5s", "--task", "t", "--limit-key", "k", "--runner", "inline"});
  BOOST_TEST(has(said, R"("limit":{"key":"k","maximum":1})"), said);
  BOOST_TEST(has(said, R"("runner":"inline")"), said);
  BOOST_TEST(has(schedule_json({"--every", "5s", "--task", "t", "--limit-key", "k", "--limit-max", "4"}),
                 R"("limit":{"key":"k","maximum":4})"));
}

BOOST_AUTO_TEST_CASE(settings_of_a_task_become_json) {
  const auto body = [](words line) {
    line.insert(line.begin(), {"task", "set", "mail"});
    return to_json_text(task_body(parse_as<set_task_command>(line)).or_throw());
  };
  BOOST_TEST(body({}) == "{}");
  BOOST_TEST(body({"--max-running", "4", "--misfire-grace", "1m", "--on-loss", "abandon", "--metadata", "{\"a\":1}"}) ==
             R"({"max_running_jobs":4,"metadata":{"a":1},"misfire_grace_time":"1m","on_loss":"abandon"})");
  BOOST_TEST(body({"--max-running", "none", "--misfire-grace", "none", "--time-limit", "none"}) ==
             R"({"max_running_jobs":null,"misfire_grace_time":null,"time_limit":null})");
  BOOST_TEST(body({"--retries", "2", "--retry-backoff", "fixed"}) ==
             R"({"retry":{"backoff":"fixed","max_attempts":3}})");
  BOOST_TEST(body({"--label", "gpu", "--label", "big"}) == R"({"labels":["gpu","big"]})");
  BOOST_TEST(body({"--label", "none", "--metadata", "none"}) == R"({"labels":null,"metadata":null})");
  const auto both = parse_as<set_task_command>({"task", "set", "mail", "--label", "gpu", "--label", "none"});
  BOOST_TEST(task_body(both).err().text() == "--label: none goes with no other label");
  const auto remove = parse_as<change_command>({"task", "remove", "a", "b", "--force"});
  BOOST_TEST((remove.ids == words{"a", "b"}));
  BOOST_TEST(remove.force);
}

BOOST_AUTO_TEST_CASE(retries_become_json) {
  const words all{"--retries",         "4",       "--retry-delay",     "10s", "--retry-backoff",   "fixed",
                  "--retry-max-delay", "1m",      "--retry-jitter",    "20",  "--retry-on",        "error",
                  "--retry-on",        "crashed", "--retry-exit-code", "75",  "--retry-exit-code", "1"};
  const std::string expected = R"("retry":{"backoff":"fixed","delay":"10s","exit_codes":[75,1],"jitter_percent":20,)"
                               R"("max_attempts":5,"max_delay":"1m","outcomes":["error","crashed"]})";
  words scheduled{"--every", "5s"};
  scheduled.insert(scheduled.end(), all.begin(), all.end());
  scheduled.insert(scheduled.end(), {"--", "date"});
  BOOST_TEST(has(schedule_json(scheduled), expected), schedule_json(scheduled));
  words once{"job", "run"};
  once.insert(once.end(), all.begin(), all.end());
  once.insert(once.end(), {"--", "date"});
  BOOST_TEST(has(to_json_text(job_body(parse_as<run_job_command>(once)).or_throw()), expected));
  BOOST_TEST(has(schedule_json({"--every", "5s", "--retries", "0", "--", "date"}), R"("retry":{"max_attempts":1})"));
  BOOST_TEST(!has(schedule_json({"--every", "5s", "--", "date"}), "retry"));
}

BOOST_AUTO_TEST_CASE(dead_letters_are_listed_run_again_and_dropped) {
  const auto list = parse_as<list_command>({"job", "dead-letters", "--limit", "5"});
  BOOST_TEST(write_target(list.what) == "/dead_letters");
  BOOST_TEST(list.kind == "dead_letters");
  const auto rerun = parse_as<change_command>({"job", "rerun", "a", "b"});
  BOOST_TEST((rerun.what == change_command::verb::rerun));
  BOOST_TEST((rerun.ids == words{"a", "b"}));
  BOOST_TEST(parse_as<change_command>({"job", "rerun", "--as", "u", "a"}).new_id == "u");
  BOOST_TEST((parse_as<change_command>({"job", "drop", "a"}).what == change_command::verb::drop));
}

BOOST_AUTO_TEST_CASE(the_log_of_a_job_is_printed_or_followed) {
  BOOST_TEST(parse_as<job_logs_command>({"job", "logs", "a"}).id == "a");
  BOOST_TEST(!parse_as<job_logs_command>({"job", "logs", "a"}).follow);
  BOOST_TEST(parse_as<job_logs_command>({"job", "logs", "-f", "a"}).follow);
}

BOOST_AUTO_TEST_CASE(lists_become_requests) {
  const auto jobs =
      parse_as<list_command>({"job", "list", "--schedule", "a/b", "--state", "running", "--limit", "5", "--json"});
  BOOST_TEST(write_target(jobs.what) == "/jobs?schedule_id=a%2Fb&state=running");
  BOOST_TEST(jobs.limit.value() == 5U);
  BOOST_TEST(write_target(parse_as<list_command>({"schedule", "skips", "a"}).what) == "/schedules/a/skips");
  BOOST_TEST(
      write_target(
          parse_as<list_command>({"events", "--since", "4", "--type", "job_added", "--type", "job_finished"}).what) ==
      "/events?since=4&type=job_added&type=job_finished");
  BOOST_TEST(write_target(parse_as<follow_command>({"events", "--follow", "--json"}).what) == "/events/stream");
  const auto once = parse_as<follow_command>({"events", "--follow", "--once", "--since", "4", "--timeout", "5s"});
  BOOST_TEST(write_target(once.what) == "/events/stream?since=4&count=1&timeout=5s");
  BOOST_TEST((once.count == std::size_t{1}));
  BOOST_TEST((parse_as<follow_command>({"events", "--follow", "--count", "3"}).count == std::size_t{3}));
}

BOOST_AUTO_TEST_CASE(serve_is_read) {
  const auto serve =
      parse_as<serve_command>({"serve", "--data", "/d", "--crontab", "a", "--crontab", "b", "--system", "--durability",
                               "async", "--slots", "3", "--stop-grace", "2s", "--quiet"});
  BOOST_TEST(serve.data == "/d");
  BOOST_TEST((serve.crontabs == words{"a", "b"}));
  BOOST_TEST(serve.system);
  BOOST_TEST((serve.level == durability::async));
  BOOST_TEST(serve.slots == 3U);
  BOOST_TEST((serve.stop_grace == duration{2s}));
  BOOST_TEST(!serve.history_retention.has_value());
  BOOST_TEST(serve.name.empty());
}

BOOST_AUTO_TEST_CASE(roles_are_both_unless_some_are_named) {
  const auto roles = [](const words& options) {
    words line{"serve"};
    line.insert(line.end(), options.begin(), options.end());
    const auto serve = parse_as<serve_command>(line);
    return std::string{serve.scheduler ? "s" : ""} + (serve.worker ? "w" : "");
  };
  BOOST_TEST(roles({}) == "sw");
  BOOST_TEST(roles({"--role", "scheduler"}) == "s");
  BOOST_TEST(roles({"--role", "worker"}) == "w");
  BOOST_TEST(roles({"--role", "worker", "--role", "scheduler"}) == "sw");
  BOOST_TEST(roles({"--role", "none"}) == "");
}

BOOST_AUTO_TEST_CASE(a_wrong_line_is_a_usage_error_that_says_where) {
  const std::pair<words, const char*> cases[] = {
      {{}, "carillon: "},
      {{"frobnicate"}, "frobnicate"},
      {{"schedule"}, "carillon schedule: "},
      {{"schedule", "lst"}, "lst"},
      {{"schedule", "add"}, "id is required"},
      {{"schedule", "add", "x", "--", "date"}, "give exactly one of --cron"},
      {{"schedule", "add", "x", "--every", "5s", "--cron", "* * * * *", "--", "date"}, "give exactly one of --cron"},
      {{"schedule", "add", "x", "--every", "5s"}, "give a command after --"},
      {{"schedule", "add", "x", "--every", "5s", "--"}, "a command must follow"},
      {{"schedule", "add", "x", "--every", "5s", "--task", "t", "--", "date"}, "give only one of"},
      {{"schedule", "add", "x", "--every", "soon", "--", "date"}, "is no length of time"},
      {{"schedule", "add", "x", "--every", "5s", "--timezone", "UTC", "--", "date"}, "--timezone: goes with"},
      {{"schedule", "add", "x", "--every", "5s", "--overlap", "maybe", "--", "date"}, "maybe"},
      {{"schedule", "add", "x", "--every", "5s", "--env", "A", "--", "date"}, "isn't NAME=VALUE"},
      {{"schedule", "add", "x", "--every", "5s", "--args", "1", "--", "date"}, "--args: goes with --task"},
      {{"job", "run", "--limit-max", "2", "--", "date"}, "--limit-max requires --limit-key"},
      {{"job", "run", "--limit-key", "k", "--limit-max", "0", "--", "date"}, "--limit-max"},
      {{"task", "set", "x", "--max-running", "0"}, "neither none nor a number"},
      {{"task", "set", "x", "--time-limit", "soon"}, "is no length of time"},
      {{"task", "set", "x", "--on-loss", "cry"}, "cry"},
      {{"task", "set"}, "id is required"},
      {{"job", "run", "--retries", "many", "--", "date"}, "--retries"},
      {{"job", "run", "--retry-delay", "5s", "--", "date"}, "--retries"},
      {{"job", "run", "--retries", "1", "--retry-delay", "soon", "--", "date"}, "is no length of time"},
      {{"job", "run", "--retries", "1", "--retry-backoff", "maybe", "--", "date"}, "maybe"},
      {{"job", "run", "--retries", "1", "--retry-on", "success", "--", "date"}, "success"},
      {{"job", "run", "--retries", "1", "--retry-exit-code", "0", "--", "date"}, "--retry-exit-code"},
      {{"job", "rerun", "--as", "u", "a", "b"}, "--as: goes with one id"},
      {{"schedule", "list", "--limit", "0"}, "--limit"},
      {{"schedule", "list", "--limit", "ten"}, "--limit"},
      {{"schedule", "list", "--colour"}, "--colour"},
      {{"job", "list", "--", "date"}, "takes no command"},
      {{"job", "show"}, "id is required"},
      {{"next"}, "give exactly one of"},
      {{"serve", "--durability", "maybe"}, "maybe"},
      {{"serve", "--data", ""}, "--data: it is empty"},
      {{"serve", "--slots", "-1"}, "--slots"},
      {{"serve", "--data=", "--quiet"}, "--data=: it is empty"},
      {{"next", "--every", "1h", "-n", "-1"}, "--count: "},
      {{"next", "--cron", ""}, "--cron: it is empty"},
      {{"job", "list", "--schedule", ""}, "--schedule: it is empty"},
      {{"schedule", "show", ""}, "id: it is empty"},
      {{"--socket", "", "status"}, "--socket: it is empty"},
      {{"job", "run", "--env", "\xff=1", "--", "date"}, "isn't NAME=VALUE"},
      {{"serve", "--memory", "--data", "x"}, "--memory"},
      {{"serve", "--system"}, "--crontab"},
      {{"serve", "--role", "boss"}, "boss"},
      {{"serve", "--role", "none", "--role", "worker"}, "--role: none goes alone"},
      {{"events", "--once"}, "--follow"},
      {{"events", "--follow", "--once", "--count", "2"}, "--count"},
      {{"events", "--follow", "--count", "0"}, "--count"},
      {{"events", "--follow", "--timeout", "soon"}, "is no length of time"},
  };
  for (const auto& [line, expected] : cases) {
    const auto said = usage_error(line);
    BOOST_TEST(has(said, expected), expected << " in: " << said);
    BOOST_TEST((said == "accepted" || has(said, "--help`")), said);
  }
}

BOOST_AUTO_TEST_CASE(every_help_has_an_example) {
  for (const words& line : std::vector<words>{{},
                                              {"serve"},
                                              {"schedule"},
                                              {"schedule", "add"},
                                              {"schedule", "list"},
                                              {"schedule", "show"},
                                              {"schedule", "skips"},
                                              {"schedule", "pause"},
                                              {"schedule", "resume"},
                                              {"schedule", "remove"},
                                              {"job"},
                                              {"job", "run"},
                                              {"job", "list"},
                                              {"job", "show"},
                                              {"job", "result"},
                                              {"job", "logs"},
                                              {"job", "cancel"},
                                              {"job", "dead-letters"},
                                              {"job", "rerun"},
                                              {"job", "drop"},
                                              {"task"},
                                              {"task", "list"},
                                              {"task", "show"},
                                              {"task", "set"},
                                              {"task", "remove"},
                                              {"events"},
                                              {"next"},
                                              {"status"},
                                              {"check"},
                                              {"version"}}) {
    auto with_help = line;
    with_help.emplace_back("--help");
    const auto parsed = parse_command_line(with_help);
    const auto* end = std::get_if<parse_end>(&parsed);
    BOOST_TEST_REQUIRE(end != nullptr);
    BOOST_TEST((end->code == exit_code::success));
    BOOST_TEST((has(end->text, "Example:\n") || has(end->text, "Examples:\n")), end->text);
  }
}

BOOST_AUTO_TEST_CASE(a_simulation_says_where_its_schedules_come_from) {
  const auto what = parse_as<simulate_command>({"simulate",   "--crontab", "a",
                                                "--crontab",  "b",         "--system",
                                                "--data",     "folder",    "--config",
                                                "file.json",  "--from",    "x",
                                                "--to",       "y",         "--assume",
                                                "5s",         "--assume",  "a=1h",
                                                "--schedule", "s",         "--limit",
                                                "0",          "--slots",   "4",
                                                "--pause",    "s=x",       "--no-scheduler",
                                                "x/y"});
  BOOST_TEST((what.crontabs == words{"a", "b"}));
  BOOST_TEST(what.system);
  BOOST_TEST(what.data == "folder");
  BOOST_TEST(what.configuration == "@file.json");
  BOOST_TEST(what.from == "x");
  BOOST_TEST(what.to == "y");
  BOOST_TEST((what.assumed == words{"5s", "a=1h"}));
  BOOST_TEST((what.schedules == words{"s"}));
  BOOST_TEST((what.limit == std::size_t{0}));
  BOOST_TEST((what.slots == std::size_t{4}));
  BOOST_TEST((what.pauses == words{"s=x"}));
  BOOST_TEST((what.no_scheduler == words{"x/y"}));
  BOOST_TEST(parse_as<simulate_command>({"simulate", "--config", "-"}).configuration == "-");
  BOOST_TEST(has(usage_error({"simulate"}), "give --crontab, --config or --data"));
  BOOST_TEST(has(usage_error({"simulate", "--data", "x", "--system"}), "--crontab"));
}

BOOST_AUTO_TEST_SUITE_END()
