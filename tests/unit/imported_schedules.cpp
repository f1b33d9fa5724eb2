// What other programs say of their schedules, as schedules of Carillon.
#include "import/apscheduler3.hpp"
#include "import/export_file.hpp"
#include "import/systemd_timers.hpp"

#include "api/requests.hpp"
#include "api/views.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

std::string calendar(std::string_view text) {
  const auto parsed = parse_calendar(text, "Europe/Berlin");
  return parsed ? to_json_text(*parsed) : parsed.err().text();
}

std::string field(const value& of, const char* name) {
  const auto* found = of.find(name);
  return found == nullptr ? "(missing)" : to_json_text(*found);
}

schedule_definition parsed(const value& body) { return parse_schedule_request(body, {}).or_throw().definition; }

} // namespace

BOOST_AUTO_TEST_SUITE(imported_schedules)

BOOST_AUTO_TEST_CASE(a_calendar_of_systemd_is_a_cron_trigger) {
  BOOST_TEST(
      calendar("*-*-* 00:00:00") ==
      R"({"fields":{"day":"*","hour":"0","minute":"0","month":"*","second":"0","year":"*"},"timezone":"Europe/Berlin","type":"cron"})");
  BOOST_TEST(
      calendar("Mon,Wed..Fri *-01..03/2-01,15 08..18/2:30:00 UTC") ==
      R"({"fields":{"day":"1,15","day_of_week":"mon,wed-fri","hour":"8-18/2","minute":"30","month":"1-3/2","second":"0","year":"*"},"timezone":"UTC","type":"cron"})");
  BOOST_TEST(calendar("*-*-* *:00/15:00").find(R"("minute":"0-59/15")") != std::string::npos);
  BOOST_TEST(calendar("*-*~01 05:00:00").find(R"("day":"last")") != std::string::npos);
  BOOST_TEST(calendar("2026/2-01-01 00:00:00").find(R"("year":"2026-9999/2")") != std::string::npos);
  for (const auto* other : {"*-02~03 00:00:00", "*-*-* 00:00:00.5", "nonsense", "", "*-*-*", "*-* 00:00:00"})
    BOOST_TEST(calendar(other).find("can't be said") != std::string::npos, other);
  // What is made is a trigger.
  for (const auto* text : {"*-*-* 00:00:00", "Mon..Fri *-*-* 06:00:00", "*-*~01 05:00:00", "2026/2-01-01 00:00:00"})
    BOOST_TEST(parsed(value::map{{"id", "x"}, {"task", "y"}, {"trigger", *parse_calendar(text, "UTC")}}).id == "x",
               text);
}

BOOST_AUTO_TEST_CASE(what_systemd_says_of_a_time_is_read) {
  const auto times = parse_elapses("  Original form: Mon..Fri 06:00 Europe/Berlin\n"
                                   "Normalized form: Mon..Fri *-*-* 06:00:00 Europe/Berlin\n"
                                   "    Next elapse: Fri 2026-11-27 06:00:00 CET\n"
                                   "       (in UTC): Fri 2026-11-27 05:00:00 UTC\n"
                                   "       From now: 22h left\n"
                                   "       Iter. #2: Mon 2026-11-30 06:00:00 CET\n"
                                   "       (in UTC): Mon 2026-11-30 05:00:00 UTC\n"
                                   "       From now: 3 days left\n");
  BOOST_TEST_REQUIRE(times.size() == 2U);
  BOOST_TEST(to_iso8601(times[0]) == "2026-11-27T05:00:00.000000Z");
  BOOST_TEST(to_iso8601(times[1]) == "2026-11-30T05:00:00.000000Z");
  BOOST_TEST(parse_elapses("    Next elapse: Thu 2026-11-26 06:00:00 UTC\n").size() == 1U);
  BOOST_TEST(parse_elapses("    Next elapse: never\n").empty());
}

BOOST_AUTO_TEST_CASE(timers_of_systemd_start_their_units) {
  std::vector<std::string> asked;
  const auto plan = parse_systemd_timers(
      "Id=backup.timer\nUnit=backup.service\nDescription=Nightly = backup\n"
      "TimersCalendar={ OnCalendar=*-*-* 03:00:00 ; next_elapse=Fri 2026-11-27 03:00:00 UTC }\n"
      "Persistent=yes\nRandomizedDelayUSec=1h 30min\nActiveState=active\n"
      "NextElapseUSecRealtime=Fri 2026-11-27 03:41:12 UTC\n\n"
      "Id=poll.timer\nUnit=poll.service\n"
      "TimersMonotonic={ OnBootUSec=5min ; next_elapse=5min }\nTimersMonotonic={ OnUnitActiveUSec=10min ; "
      "next_elapse=0 }\n"
      "Persistent=no\nRandomizedDelayUSec=0\nActiveState=inactive\n\n"
      "Id=boot.timer\nUnit=boot.service\nTimersMonotonic={ OnBootUSec=15min ; next_elapse=15min "
      "}\nActiveState=active\n\n"
      "Id=odd.timer\nUnit=odd.service\nTimersCalendar={ OnCalendar=*-02~03 00:00:00 ; next_elapse=x }\n",
      "UTC", [&](const std::string& text) {
        asked.push_back(text);
        return std::vector<timestamp>{};
      });
  BOOST_TEST(asked.size() == 1U);
  BOOST_TEST_REQUIRE(plan.schedules.size() == 2U);
  const auto& backup = plan.schedules[0];
  BOOST_TEST(field(backup.body, "id") == R"("backup")");
  BOOST_TEST(field(backup.body, "arguments") == R"({"argv":["systemctl","start","backup.service"]})");
  BOOST_TEST(field(backup.body, "max_jitter") == R"("1h30m")");
  BOOST_TEST(field(backup.body, "misfire_grace_time") == "(missing)");
  BOOST_TEST(field(backup.body, "paused") == "false");
  BOOST_TEST(field(backup.body, "metadata").find("Nightly = backup") != std::string::npos);
  BOOST_TEST_REQUIRE(backup.before.size() == 1U);
  BOOST_TEST(to_iso8601(backup.before[0]) == "2026-11-27T03:41:12.000000Z");
  const auto& poll = plan.schedules[1];
  BOOST_TEST(field(poll.body, "trigger") == R"({"microseconds":600000000,"type":"interval"})");
  BOOST_TEST(field(poll.body, "misfire_grace_time") == "60");
  BOOST_TEST(field(poll.body, "paused") == "true");
  BOOST_TEST(poll.notes.size() == 3U);
  for (const auto& each : plan.schedules)
    BOOST_TEST(parsed(each.body).task == "command");
  BOOST_TEST_REQUIRE(plan.faults.size() == 2U);
  BOOST_TEST(plan.faults[0].starts_with("boot.timer: it fires by OnBootUSec only"), plan.faults[0]);
  BOOST_TEST(plan.faults[1].starts_with("odd.timer: OnCalendar=*-02~03 00:00:00: "), plan.faults[1]);
}

BOOST_AUTO_TEST_CASE(jobs_of_apscheduler_keep_their_policies) {
  const std::string lines =
      R"({"id": "a b", "name": "Report", "function": "shop.mail:send", "args": ["x"], "kwargs": {"to": "y"},)"
      R"( "trigger": {"type": "interval", "microseconds": 90000000}, "jitter": 10.5, "misfire_grace_time": 1,)"
      R"( "coalesce": false, "max_instances": 3, "paused": true, "before": ["2026-11-27T05:00:00.000000Z"]})"
      "\n"
      R"({"id": "a_b", "function": "shop.mail:poll", "args": [], "kwargs": {},)"
      R"( "trigger": {"type": "interval", "microseconds": 1000000}, "jitter": 0, "misfire_grace_time": null,)"
      R"( "coalesce": true, "max_instances": 1, "paused": false, "before": []})"
      "\n"
      R"({"id": "bad", "fault": "it holds an os.system, which isn't loaded"})"
      "\n"
      R"({"id": "worse", "jitter": 99999999999999999999})"
      "\n";
  const auto plan = parse_apscheduler3(lines, {"jobs.db"});
  BOOST_TEST_REQUIRE(plan.schedules.size() == 2U);
  const auto first = parsed(plan.schedules[0].body);
  BOOST_TEST(first.id == "a_b");
  BOOST_TEST(first.task == "shop.mail:send");
  BOOST_TEST(to_json_text(first.arguments) == R"(["x",{"to":"y"}])");
  BOOST_TEST((first.coalesce == coalesce_policy::all));
  BOOST_TEST((first.overlap == overlap_policy::allow));
  BOOST_TEST(first.limit->maximum == 3U);
  BOOST_TEST(first.limit->key == "apscheduler3:a_b");
  BOOST_TEST((first.misfire_grace_time == 1s));
  BOOST_TEST((first.max_jitter == 10'500ms));
  BOOST_TEST(first.paused);
  BOOST_TEST(plan.schedules[0].notes.size() == 2U);
  BOOST_TEST(plan.schedules[0].before.size() == 1U);
  const auto second = parsed(plan.schedules[1].body);
  BOOST_TEST(second.id == "a_b#2");
  BOOST_TEST((second.coalesce == coalesce_policy::latest));
  BOOST_TEST((second.overlap == overlap_policy::skip));
  BOOST_TEST(!second.misfire_grace_time.has_value());
  BOOST_TEST(plan.tasks.size() == 2U);
  BOOST_TEST_REQUIRE(plan.faults.size() == 2U);
  BOOST_TEST(plan.faults[0] == "jobs.db: job bad: it holds an os.system, which isn't loaded");
  BOOST_TEST(plan.faults[1].starts_with("jobs.db: a job: "), plan.faults[1]);
  BOOST_TEST(plan.faults[1].find("worse") != std::string::npos, plan.faults[1]);

  const auto commands = parse_apscheduler3(lines, {"jobs.db", "t", "/venv/bin/python", true});
  BOOST_TEST(commands.tasks.empty());
  const auto command = to_json_text(parsed(commands.schedules[0].body).arguments);
  BOOST_TEST(command.starts_with(R"({"argv":["/venv/bin/python","-c")"), command);
  BOOST_TEST(command.ends_with(R"("shop.mail","send","[\"x\"]","{\"to\":\"y\"}"]})"), command);
}

BOOST_AUTO_TEST_CASE(a_command_is_not_given_what_json_does_not_have) {
  const std::string lines =
      R"({"id": "a", "function": "m:f", "args": [{"$bytes": "cmF3"}], "kwargs": {"to": [1]}, "beyond_json": ["a set", "bytes"],)"
      R"( "trigger": {"type": "interval", "microseconds": 90000000}, "coalesce": true, "max_instances": 1, "paused": false})"
      "\n";
  const auto commands = parse_apscheduler3(lines, {"jobs.db", "t", "python3", true});
  BOOST_TEST(commands.schedules.empty());
  BOOST_TEST_REQUIRE(commands.faults.size() == 1U);
  BOOST_TEST(commands.faults[0].starts_with(
                 "jobs.db: job a: its arguments hold a set and bytes, which a command can't be given: "),
             commands.faults[0]);
  BOOST_TEST(parse_apscheduler3(lines, {"jobs.db"}).schedules.size() == 1U); // a task is
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_schedule_comes_back_from_an_export_as_it_was) {
  schedule what;
  auto& x = what.definition;
  x.id = "everything";
  x.task = "mail";
  x.trigger.kind = interval_definition{1'500'001us, timestamp{1'800'000'000'000'123us}, timestamp{4'000'000'000s}};
  x.arguments = value::list{
      std::int64_t{9'007'199'254'740'993}, 0.1, -0.0, bytes{std::string{"\0\xff", 2}}, "gr\u00fc\u00dfe", value{}, true,
      value::map{{"a", value::list{}}}};
  x.coalesce = coalesce_policy::all;
  x.overlap = overlap_policy::cancel_running;
  x.misfire_grace_time = 1us;
  x.time_limit = 1h + 1us;
  x.result_expiration = duration{0};
  x.retry = retry_policy{
      .max_attempts = 7, .delay = 1'234'567us, .max_delay = 2h, .jitter_percent = 50, .exit_codes = {75, 2}};
  x.limit = concurrency_limit{"db", 4};
  x.rate = rate_limit{"api", {100, 1'500'000us}};
  x.priority = -5;
  x.follow_ups = {follow_up{.task = "next", .arguments = value::list{1}}};
  x.runner = "inline";
  x.max_jitter = 333us;
  x.max_catch_up = 9'999;
  x.metadata = {{"k", value::map{{"n", 1.5}}}};
  what.state.paused = true;
  const auto text = export_head(value::map{}, timestamp{}) + export_schedule_line(view_of(what));
  const auto plan = parse_export(text, "file");
  BOOST_TEST_REQUIRE(plan.schedules.size() == 1U, (plan.faults.empty() ? "" : plan.faults.front()));
  x.paused = true; // where it stands counts
  BOOST_TEST((parsed(plan.schedules[0].body) == x));

  task recorded;
  recorded.id = "mail";
  recorded.runner = "inline";
  recorded.max_running_jobs = 3;
  recorded.rate = start_rate{5, 1'000'001us};
  recorded.misfire_grace_time = 3us;
  recorded.time_limit = 10'000h;
  recorded.result_expiration = 1us;
  recorded.on_loss = loss_policy::abandon;
  recorded.retry = *x.retry;
  recorded.metadata = x.metadata;
  const auto tasks =
      parse_export(export_head(value::map{}, timestamp{}) + export_task_line(view_of(recorded)), "file").tasks;
  BOOST_TEST_REQUIRE(tasks.size() == 1U);
  task back;
  back.id = "mail";
  parse_task_request(tasks[0], "mail").or_throw().apply(back);
  BOOST_TEST((back == recorded));
}

BOOST_AUTO_TEST_CASE(what_is_no_export_is_refused_with_its_place) {
  const auto fault = [](const std::string& text) { return parse_export(text, "f").faults.at(0); };
  BOOST_TEST(fault("") == "f:1:1: it is empty");
  BOOST_TEST(fault("{}").starts_with("f:1:1: this isn't a file that"));
  BOOST_TEST(fault("{\"carillon_export\": 3}").starts_with("f:1:1: it is of version 3"));
  BOOST_TEST(parse_export("{\"carillon_export\": 3}\n{\"task\": {\"id\": \"t\"}}\n", "f").tasks.empty());
  BOOST_TEST(fault("{\"carillon_export\": 1}\n\n{\"comet\": 1}") == "f:3:1: neither a task nor a schedule");
  BOOST_TEST(parse_export("{\"carillon_export\": 1}\n", "f").faults.empty());
}

BOOST_AUTO_TEST_CASE(ids_are_chosen_once) {
  id_chooser ids;
  BOOST_TEST(ids.choose("back up") == "back_up");
  BOOST_TEST(ids.choose("back_up") == "back_up#2");
  BOOST_TEST(ids.choose("") == "imported");
  BOOST_TEST(ids.choose(std::string(500, 'x')).size() <= max_id_size_bytes);
  BOOST_TEST(ids.choose(std::string(500, 'x')).ends_with("#2"));
}

BOOST_AUTO_TEST_SUITE_END()
