#include "cli/render.hpp"
#include "cli/serve_lines.hpp"

#include "carillon/model/command.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

struct in_utc {
  in_utc() {
    ::setenv("TZ", "UTC", 1); // NOLINT(concurrency-mt-unsafe)
    ::tzset();
  }
};

value json(const std::string& text) { return parse_json_text(text).or_throw(); }

const timestamp noon{duration{1'774'785'600'000'000}}; // 2026-03-29T12:00:00Z

} // namespace

BOOST_FIXTURE_TEST_SUITE(render, in_utc)

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_their_widest_cell) {
  table some{{"ID", "STATE"}, false};
  BOOST_TEST(some.render({{{"a"}, {"active"}}, {{"späť"}, {"paused"}}}) == "ID    STATE\na     active\nspäť  paused\n");
  BOOST_TEST(some.render({{{"b"}, {"active"}}}) == "b     active\n");
}

BOOST_AUTO_TEST_CASE(colours_are_there_only_when_wanted) {
  BOOST_TEST(paint("x", colour::red, false) == "x");
  BOOST_TEST(paint("x", colour::red, true) == "\x1b[31mx\x1b[0m");
  BOOST_TEST(paint("x", colour::none, true) == "x");
}

BOOST_AUTO_TEST_CASE(control_characters_dont_reach_the_terminal) {
  BOOST_TEST(printable("a\x1b[31mb\nc\x07") == "a?[31mb c?");
}

BOOST_AUTO_TEST_CASE(what_a_job_says_is_a_line_with_its_time) {
  const auto said = [](const char* stream, int attempt) {
    return value{value::map{
        {"at", "2026-03-29T12:00:00.000000Z"}, {"attempt", attempt}, {"stream", stream}, {"text", "a\x1b[31mb"}}};
  };
  BOOST_TEST(render_log_line(said("output", 1), false) == "2026-03-29 12:00:00+00:00  a?[31mb\n");
  BOOST_TEST(render_log_line(said("log", 2), false) == "2026-03-29 12:00:00+00:00  [attempt 2] a?[31mb\n");
  BOOST_TEST(render_log_line(said("carillon", 1), true).find("\x1b[33m") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(progress_is_shown_in_per_cent) {
  const auto shown = [](const std::string& fraction, const std::string& text) {
    return render_progress(
        json(R"({"at":"2026-03-29T12:00:00.000000Z","attempt":1,"fraction":)" + fraction + R"(,"text":)" + text + "}"),
        false);
  };
  BOOST_TEST(shown("0.42", R"("half done")") == "2026-03-29 12:00:00+00:00  42 %  half done\n");
  BOOST_TEST(shown("0.999", "null") == "2026-03-29 12:00:00+00:00  99 %\n"); // not done before it is
  BOOST_TEST(shown("1", "null") == "2026-03-29 12:00:00+00:00  100 %\n");
  BOOST_TEST(render_fields(json(R"({"progress":{"fraction":0.29,"text":"half"}})"), false) == "progress  29 %  half\n");
}

BOOST_AUTO_TEST_CASE(instants_are_shown_in_the_machines_zone) {
  BOOST_TEST(local_time("2026-03-29T12:00:00.000000Z") == "2026-03-29 12:00:00+00:00");
  BOOST_TEST(local_time("2026-03-29T12:00:00.250000Z") == "2026-03-29 12:00:00.250+00:00");
  BOOST_TEST(local_time("soon") == "soon");
}

BOOST_AUTO_TEST_CASE(triggers_and_commands_are_shown_in_a_few_words) {
  BOOST_TEST(summarise_trigger(json(R"({"type":"interval","minutes":1,"seconds":30})")) == "every 1m30s");
  BOOST_TEST(
      summarise_trigger(json(R"({"type":"classic_cron","expression":"0 3 * * *","timezone":"Europe/Berlin"})")) ==
      "0 3 * * * Europe/Berlin");
  BOOST_TEST(summarise_trigger(json(R"({"type":"date","run_time":"2026-03-29T12:00:00Z"})")) ==
             "at 2026-03-29 12:00:00+00:00");
  BOOST_TEST(summarise_work(json(R"({"task":"command","arguments":{"argv":["sh","-c","echo it's; exit 3"]}})")) ==
             R"(sh -c 'echo it'\''s; exit 3')");
  BOOST_TEST(summarise_work(json(R"({"task":"command","arguments":{"shell_line":"a | b"}})")) == "a | b");
  BOOST_TEST(summarise_work(json(R"({"task":"command","arguments":{"argv":["cp",{"$bytes":"Y2Fm6Q=="}]}})")) ==
             R"(cp "caf\xe9")");
  BOOST_TEST(summarise_work(json(R"({"task":"command","arguments":{"shell_line":{"$bytes":"Y2Fm6Q=="}}})")) ==
             R"("caf\xe9")");
  BOOST_TEST(summarise_work(json(R"({"task":"http","arguments":{"url":"http://x/"}})")) == "GET http://x/");
  BOOST_TEST(summarise_work(json(R"({"task":"http","arguments":{"url":"http://x/","method":"PUT"}})")) ==
             "PUT http://x/");
  BOOST_TEST(summarise_work(json(R"({"task":"mail","arguments":[1]})")) == "mail");
}

BOOST_AUTO_TEST_CASE(an_entry_for_each_boot_is_shown_as_that) {
  const auto row = row_of("schedules", json(R"({"id":"a","trigger":{"type":"interval","days":365000},"paused":false,
    "next_fire_time":"3026-01-01T00:00:00Z","metadata":{"crontab":{"times":"@reboot"}},"task":"x"})"));
  BOOST_TEST(row[1].text == "@reboot");
  BOOST_TEST(row[2].text == "next boot");
}

BOOST_AUTO_TEST_CASE(fields_are_lines_and_long_texts_come_last) {
  BOOST_TEST(render_fields(json(R"({"id":"a","error":null,"output":"x\ny\n","state":"finished"})"), false) ==
             "id      a\nstate   finished\noutput:\nx\ny\n");
}

BOOST_AUTO_TEST_CASE(an_outcome_is_printed_with_what_the_command_wrote) {
  event what;
  what.type = event_type::job_finished;
  what.at = noon + 250ms;
  what.schedule_id = "tick";
  what.outcome = job_outcome::error;
  job ended;
  ended.started_at = noon;
  ended.finished_at = noon + 40ms;
  ended.result = to_value(command_result{3, {}, "bad\x1b\nmore\n", 10});
  BOOST_TEST(serve_line(what, &ended, false) ==
             "2026-03-29 12:00:00+00:00  error     tick  0.040s  exit code 3  bad? ...\n");
  what.text = "time is up";
  what.outcome = job_outcome::timed_out;
  BOOST_TEST(serve_line(what, nullptr, false) == "2026-03-29 12:00:00+00:00  timed_out  tick  time is up\n");
  what.type = event_type::job_acquired;
  BOOST_TEST(serve_line(what, nullptr, false) == "");
}

BOOST_AUTO_TEST_CASE(a_retry_is_printed_with_why_and_when) {
  event what;
  what.type = event_type::job_retry_scheduled;
  what.at = noon;
  what.schedule_id = "tick";
  what.outcome = job_outcome::crashed;
  what.text = "ended by SIGSEGV; failed 1 of 3 times, again in 2s";
  BOOST_TEST(
      serve_line(what, nullptr, false) ==
      "2026-03-29 12:00:00+00:00  retry     tick  crashed: ended by SIGSEGV; failed 1 of 3 times, again in 2s\n");
}

BOOST_AUTO_TEST_CASE(a_skip_is_printed_with_its_reason) {
  event what;
  what.type = event_type::fire_skipped;
  what.at = noon;
  what.schedule_id = "tick";
  what.reason = skip_reason::misfire;
  BOOST_TEST(serve_line(what, nullptr, false) == "2026-03-29 12:00:00+00:00  skipped   tick  misfire\n");
}

BOOST_AUTO_TEST_SUITE_END()
