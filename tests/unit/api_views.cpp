#include "api/views.hpp"

#include "carillon/model/command.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

const timestamp noon{duration{1'774'785'600'000'000}}; // 2026-03-29T12:00:00Z

std::set<std::string> keys_of(const value& view) {
  std::set<std::string> keys;
  for (const auto& [key, ignored] : *view.get_if<value::map>())
    keys.insert(key);
  return keys;
}

std::string text(const value& view, const char* key) {
  const auto* found = view.find(key);
  return found == nullptr ? "(missing)" : to_json_text(*found);
}

schedule full_schedule() {
  schedule what;
  what.definition.id = "tick";
  what.definition.task = "command";
  what.definition.trigger.kind = interval_definition{5s, noon, {}};
  what.definition.arguments = value::map{{"shell_line", "date"}};
  what.definition.misfire_grace_time = 90s;
  what.definition.max_jitter = 1500ms;
  what.definition.limit = {"database", 2};
  what.state.incarnation = 7;
  what.state.changed = 9;
  what.state.next_fire_time = noon;
  return what;
}

job finished_command() {
  job what;
  what.id = job_id::make(noon, 1, 2);
  what.task = command_task;
  what.schedule_id = "tick";
  what.incarnation = 7;
  what.scheduled_fire_time = noon;
  what.created_at = noon;
  what.state = job_state::finished;
  what.outcome = job_outcome::error;
  what.attempt = 1;
  what.result = to_value(command_result{3, {}, "hi\n", 3});
  what.error_text = "exit code 3";
  return what;
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_views)

BOOST_AUTO_TEST_CASE(a_schedule_shows_its_names_and_units) {
  const auto view = view_of(full_schedule());
  BOOST_TEST(text(view, "id") == R"("tick")");
  BOOST_TEST(text(view, "next_fire_time") == R"("2026-03-29T12:00:00.000000Z")");
  BOOST_TEST(text(view, "last_fire_time") == "null");
  BOOST_TEST(text(view, "misfire_grace_time") == "90");
  BOOST_TEST(text(view, "max_jitter") == "1.5");
  BOOST_TEST(text(view, "overlap") == R"("queue_one")");
  BOOST_TEST(text(view, "limit") == R"({"key":"database","maximum":2})");
  BOOST_TEST(text(view, "runner") == "null"); // the task's
  BOOST_TEST(text(view, "pause_reason") == "null");
  BOOST_TEST(text(view, "incarnation") == "7");
  BOOST_TEST(text(view, "revision") == "9");
  BOOST_TEST(text(*view.find("trigger"), "type") == R"("interval")");
  BOOST_TEST(text(*view.find("trigger"), "seconds") == "5");
}

BOOST_AUTO_TEST_CASE(a_command_shows_its_exit_code_and_output_instead_of_a_result) {
  const auto view = view_of(finished_command());
  BOOST_TEST(text(view, "exit_code") == "3");
  BOOST_TEST(text(view, "output") == R"("hi\n")");
  BOOST_TEST(text(view, "output_bytes") == "3");
  BOOST_TEST(text(view, "signal") == "null");
  BOOST_TEST(text(view, "result") == "null");
  BOOST_TEST(text(view, "outcome") == R"("error")");
  BOOST_TEST(text(view, "error") == R"("exit code 3")");
}

BOOST_AUTO_TEST_CASE(the_result_of_a_task_isnt_taken_for_a_command) {
  auto what = finished_command();
  what.task = "report";
  const auto view = view_of(what);
  BOOST_TEST(text(view, "exit_code") == "null");
  BOOST_TEST(text(*view.find("result"), "output") == R"("hi\n")");
}

BOOST_AUTO_TEST_CASE(what_becomes_of_failures_is_shown) {
  auto what = finished_command();
  what.retry.max_attempts = 3;
  what.retry.delay = 1500ms;
  what.retry.outcomes = {job_outcome::crashed};
  what.retry.exit_codes = {75};
  what.failed_attempts = 3;
  what.dead_letter = true;
  what.rerun_of = job_id::make(noon, 3, 4);
  const auto view = view_of(what);
  BOOST_TEST(text(view, "retry") == R"({"backoff":"exponential","delay":1.5,"exit_codes":[75],"jitter_percent":0,)"
                                    R"("max_attempts":3,"max_delay":3600,"outcomes":["crashed"]})");
  BOOST_TEST(text(view, "failed_attempts") == "3");
  BOOST_TEST(text(view, "dead_letter") == "true");
  BOOST_TEST(text(view, "rerun_of") == "\"" + what.rerun_of->to_string() + "\"");
  BOOST_TEST(text(view_of(job{}), "rerun_of") == "null");
  auto definition = full_schedule();
  BOOST_TEST(text(view_of(definition), "retry") == "null"); // the task's
  definition.definition.retry = what.retry;
  BOOST_TEST((*view_of(definition).find("retry") == *view.find("retry")));
  task settings;
  settings.retry = what.retry;
  BOOST_TEST((*view_of(settings).find("retry") == *view.find("retry")));
}

BOOST_AUTO_TEST_CASE(a_job_log_shows_progress_and_lines) {
  job_log_page page;
  page.progress = job_progress{2, 1, noon, 0.25, "reading"};
  page.lines = {{1, 1, log_stream::output, noon, "hello"}};
  page.next = 2;
  const auto view = view_of(page);
  BOOST_TEST(text(view, "progress") == R"({"at":"2026-03-29T12:00:00.000000Z","attempt":1,"fraction":0.25,"number":2,)"
                                       R"("text":"reading"})");
  BOOST_TEST(text(view, "lines") == R"([{"at":"2026-03-29T12:00:00.000000Z","attempt":1,"number":1,)"
                                    R"("stream":"output","text":"hello"}])");
  BOOST_TEST(text(view, "next") == "2");
  BOOST_TEST(text(view, "ended") == "false");
  BOOST_TEST(text(view_of(job_log_page{}), "progress") == "null");
}

BOOST_AUTO_TEST_CASE(every_key_is_there_whatever_is_known) {
  BOOST_TEST((keys_of(view_of(job{})) == keys_of(view_of(finished_command()))));
  BOOST_TEST((keys_of(view_of(schedule{})) == keys_of(view_of(full_schedule()))));
  const auto pending = view_of(job{});
  BOOST_TEST(text(pending, "schedule_id") == "null");
  BOOST_TEST(text(pending, "outcome") == "null");
  BOOST_TEST(text(pending, "fencing_token") == "null");
  BOOST_TEST(text(pending, "exit_code") == "null");
}

BOOST_AUTO_TEST_CASE(a_job_by_itself_shows_what_it_waits_for) {
  BOOST_TEST(text(view_of(job_explanation{job{}, "its turn"}), "waiting_for") == R"("its turn")");
  const auto view = view_of(job_explanation{finished_command(), ""});
  BOOST_TEST(text(view, "waiting_for") == "null");
  BOOST_TEST(text(view, "task") == R"("command")");
}

BOOST_AUTO_TEST_CASE(an_event_shows_what_it_is_about) {
  event what;
  what.number = 12;
  what.type = event_type::fire_skipped;
  what.schedule_id = "tick";
  what.reason = skip_reason::misfire;
  const auto view = view_of(what);
  BOOST_TEST(text(view, "type") == R"("fire_skipped")");
  BOOST_TEST(text(view, "reason") == R"("misfire")");
  BOOST_TEST(text(view, "job_id") == "null");
  BOOST_TEST(text(view, "last_lost") == "null");
}

BOOST_AUTO_TEST_CASE(a_page_has_its_items_and_where_to_go_on) {
  page<skip> some;
  some.items.resize(2);
  BOOST_TEST(text(view_of("skips", some), "next") == "null");
  some.next = "abc";
  BOOST_TEST(text(view_of("skips", some), "next") == R"("abc")");
  BOOST_TEST(view_of("skips", some).find("skips")->get_if<value::list>()->size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_check_is_ok_without_faults) {
  check_report report;
  BOOST_TEST(text(view_of(report), "ok") == "true");
  report.faults = {"a job without a task"};
  BOOST_TEST(text(view_of(report), "ok") == "false");
}

BOOST_AUTO_TEST_SUITE_END()
