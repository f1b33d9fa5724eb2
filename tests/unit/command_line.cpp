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

BOOST_AUTO_TEST_CASE(lists_become_requests) {
  const auto jobs =
      parse_as<list_command>({"job", "list", "--schedule", "a/b", "--state", "running", "--limit", "5", "--json"});
  BOOST_TEST(to_text(jobs.what) == "/jobs?schedule_id=a%2Fb&state=running");
  BOOST_TEST(jobs.limit.value() == 5U);
  BOOST_TEST(to_text(parse_as<list_command>({"schedule", "skips", "a"}).what) == "/schedules/a/skips");
  BOOST_TEST(to_text(parse_as<list_command>({"events", "--since", "4", "--type", "job_added", "--type", "job_finished"})
                         .what) == "/events?since=4&type=job_added&type=job_finished");
  BOOST_TEST(to_text(parse_as<follow_command>({"events", "--follow", "--json"}).what) == "/events/stream");
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
      {{"schedule", "list", "--limit", "0"}, "--limit"},
      {{"schedule", "list", "--limit", "ten"}, "--limit"},
      {{"schedule", "list", "--colour"}, "--colour"},
      {{"job", "list", "--", "date"}, "takes no command"},
      {{"job", "show"}, "id is required"},
      {{"next"}, "give exactly one of"},
      {{"serve", "--durability", "maybe"}, "maybe"},
      {{"serve", "--memory", "--data", "x"}, "--memory"},
      {{"serve", "--system"}, "--crontab"},
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
                                              {"job", "cancel"},
                                              {"task"},
                                              {"task", "list"},
                                              {"task", "show"},
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

BOOST_AUTO_TEST_SUITE_END()
