#include "cli/simulation_summary.hpp"
#include "cli/simulation_lines.hpp"
#include "cli/simulation_request.hpp"

#include "carillon/model/value.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

const timestamp start = parse_iso8601("2026-10-25T00:30Z").or_throw();

simulated_decision job_at(timestamp when, std::chrono::seconds offset = 2h) {
  simulated_decision what;
  what.schedule_id = "s";
  what.task = "work";
  what.decided_at = what.first = what.last = what.not_before = when;
  what.count = 1;
  what.utc_offset = offset;
  what.job = job_id::make(when, 1, 2);
  what.started_at = when + 5s;
  what.ended_at = when + 65s;
  what.attempts = 1;
  what.outcome = job_outcome::success;
  return what;
}

simulated_decision skips_at(timestamp when, skip_reason why, std::optional<std::uint64_t> count) {
  simulated_decision what;
  what.what = simulated_decision::kind::skip;
  what.schedule_id = "s";
  what.decided_at = what.first = when;
  what.last = count == 1U ? when : when + 1h;
  what.count = count;
  what.reason = why;
  return what;
}

std::string row(const simulated_decision& what) {
  std::string text;
  for (const auto& each : row_of(what))
    text += "|" + each.text;
  return text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string refusal(const simulate_command& what) {
  const auto read = simulation_settings_of(what, start, "UTC");
  return read ? "none" : read.err().text();
}

} // namespace

BOOST_AUTO_TEST_SUITE(simulation_summary)

BOOST_AUTO_TEST_CASE(a_row_is_for_people_and_in_the_schedules_zone) {
  BOOST_TEST(row(job_at(start)) == "|2026-10-25 02:30:00+02:00|s|5s|1m|success");
  BOOST_TEST(row(job_at(start + 1h, 1h)) == "|2026-10-25 02:30:00+01:00|s|5s|1m|success");
  BOOST_TEST(row(skips_at(start, skip_reason::overlap, 1)) == "|2026-10-25 00:30:00+00:00|s|||skipped: overlap");
  BOOST_TEST(row(skips_at(start, skip_reason::coalesced, 60)) ==
             "|2026-10-25 00:30:00+00:00|s|||skipped: coalesced, 60 times up to 2026-10-25 01:30:00+00:00");
  auto waits = job_at(start);
  waits.started_at = waits.ended_at = std::nullopt;
  waits.outcome = job_outcome::none;
  BOOST_TEST(row(waits) == "|2026-10-25 02:30:00+02:00|s|||waits");
  waits.ended_at = start + 1h;
  waits.outcome = job_outcome::missed_start_deadline;
  BOOST_TEST(row(waits) == "|2026-10-25 02:30:00+02:00|s|||missed_start_deadline");
  auto paused = skips_at(start, skip_reason::paused, 1);
  paused.what = simulated_decision::kind::schedule_paused;
  paused.text = "a \x1b[31mtrap";
  BOOST_TEST(row(paused) == "|2026-10-25 00:30:00+00:00|s|||pauses itself: a ?[31mtrap");
}

BOOST_AUTO_TEST_CASE(a_line_of_json_has_every_key) {
  std::string text;
  append_json_line(text, job_at(start, -(5h + 30min)));
  auto finished = skips_at(start, skip_reason::overlap, std::nullopt);
  finished.text = "say \"why\"\n";
  append_json_line(text, finished);
  const auto end = text.find('\n');
  const auto first = parse_json_text(text.substr(0, end)).or_throw();
  const auto second = parse_json_text(text.substr(end + 1)).or_throw();
  BOOST_TEST(to_json_text(*first.find("local_time")) == R"("2026-10-24T19:00:00.000000-05:30")");
  BOOST_TEST(to_json_text(*first.find("started_at")) == R"("2026-10-25T00:30:05.000000Z")");
  BOOST_TEST(to_json_text(*first.find("reason")) == "null");
  BOOST_TEST(to_json_text(*first.find("count")) == "1");
  BOOST_TEST(to_json_text(*second.find("what")) == R"("skip")");
  BOOST_TEST(to_json_text(*second.find("reason")) == R"("overlap")");
  BOOST_TEST(to_json_text(*second.find("count")) == "null");
  BOOST_TEST(to_json_text(*second.find("job_id")) == "null");
  BOOST_TEST(*second.find("text")->get_if<std::string>() == "say \"why\"\n");
  BOOST_TEST(first.get_if<value::map>()->size() == 16U);
  BOOST_TEST(second.get_if<value::map>()->size() == 16U);
}

BOOST_AUTO_TEST_CASE(each_schedule_has_its_counts_and_its_longest_gap) {
  app::simulation_summary summary;
  summary.add(job_at(start));
  summary.add(job_at(start + 3h));
  auto runs = job_at(start + 4h);
  runs.ended_at.reset();
  summary.add(runs);
  summary.add(skips_at(start + 1h, skip_reason::overlap, 1));
  summary.add(skips_at(start + 2h, skip_reason::overlap, 1));
  summary.add(skips_at(start + 2h, skip_reason::misfire, std::nullopt));
  auto direct = job_at(start);
  direct.schedule_id.clear();
  direct.outcome = job_outcome::timed_out;
  summary.add(direct);
  schedule_definition silent;
  silent.id = "silent";
  silent.task = "work";
  const auto text = summary.render({silent}, false);
  const auto line_of = [&](const std::string& id) {
    const auto begin = text.find("\n" + id + " ") + 1;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  BOOST_TEST(has(line_of("s"), "3, 1 not ended"), text);
  BOOST_TEST(has(line_of("s"), "misfire 1, overlap 2 or more"), text);
  BOOST_TEST(has(line_of("s"), "2026-10-25 02:30:00+02:00  2026-10-25 06:30:00+02:00  3h"), text);
  BOOST_TEST(has(line_of("(work)"), "1, 1 without success"), text);
  BOOST_TEST(has(line_of("silent"), "never"), text);
}

BOOST_AUTO_TEST_CASE(times_and_assumptions_are_read) {
  simulate_command what;
  const auto usual = simulation_settings_of(what, start, "Europe/Berlin").or_throw();
  BOOST_TEST((usual.from == start && usual.to == start + 24h));
  BOOST_TEST(usual.local_zone == "Europe/Berlin");
  what.from = "2026-03-01T00:00Z";
  what.to = "2026-11-01T00:00+01:00";
  what.assumed = {"90s", "a=b=2h", "mail=1m"};
  what.no_scheduler = {"2026-03-02T00:00Z/2026-03-03T00:00Z"};
  what.pauses = {"a=2026-04-01T00:00Z"};
  what.resumes = {"a=2026-05-01T00:00Z"};
  what.slots = 4;
  const auto said = simulation_settings_of(what, start, "UTC").or_throw();
  BOOST_TEST((said.to == parse_iso8601("2026-10-31T23:00Z").or_throw()));
  BOOST_TEST((said.assumed == 90s));
  BOOST_TEST((said.assumed_for == std::map<std::string, duration>{{"a=b", 2h}, {"mail", 1min}}));
  BOOST_TEST((said.no_scheduler[0].to - said.no_scheduler[0].from == 24h));
  BOOST_TEST_REQUIRE(said.changes.size() == 2U);
  BOOST_TEST((said.changes[0].what == simulated_change::action::pause));
  BOOST_TEST((said.changes[1].what == simulated_change::action::resume));
  BOOST_TEST(said.slots == 4U);
}

BOOST_AUTO_TEST_CASE(what_can_not_be_read_is_named) {
  BOOST_TEST(refusal({.from = "1 March"}).starts_with("--from: "));
  BOOST_TEST(refusal({.to = "2026-03-01"}).starts_with("--to: "));
  BOOST_TEST(refusal({.assumed = {"a=soon"}}).starts_with("--assume: "));
  BOOST_TEST(refusal({.assumed = {"=5s"}}) == "--assume: \"=5s\" isn't NAME=DURATION");
  BOOST_TEST(refusal({.pauses = {"2026-03-01T00:00Z"}}) == "--pause: \"2026-03-01T00:00Z\" isn't ID=TIME");
  BOOST_TEST(refusal({.resumes = {"a=now"}}).starts_with("--resume: "));
  BOOST_TEST(refusal({.no_scheduler = {"2026-03-01T00:00Z"}}) ==
             "--no-scheduler: \"2026-03-01T00:00Z\" isn't TIME/TIME");
}

BOOST_AUTO_TEST_SUITE_END()
