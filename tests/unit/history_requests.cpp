// The command line and the API of explain, preview, definitions, verify and clean: how they are read and shown.
#include "api/requests.hpp"
#include "api/views.hpp"
#include "cli/parse.hpp"
#include "cli/render.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

const timestamp at{1'800'000'000s};

template <class T>
T parse_as(std::vector<std::string> line) {
  auto parsed = parse_command_line(std::move(line));
  if (const auto* end = std::get_if<parse_end>(&parsed))
    BOOST_FAIL(end->text);
  return std::get<T>(std::get<invocation>(parsed).what);
}

target query(std::vector<std::pair<std::string, std::string>> parameters) { return {{}, std::move(parameters)}; }

template <class T>
std::string refusal(const result<T>& x) {
  return x ? "accepted" : x.err().text();
}

std::string text(const value& of, const char* key) {
  const auto* found = of.find(key);
  return found == nullptr ? "(missing)" : to_json_text(*found);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(history_requests)

BOOST_AUTO_TEST_CASE(the_commands_are_read) {
  const auto explain = parse_as<explain_command>({"schedule", "explain", "a", "--limit", "3", "-n", "2"});
  BOOST_TEST(explain.id == "a");
  BOOST_TEST((explain.what.query == query({{"limit", "3"}, {"coming", "2"}}).query));
  const auto preview = parse_as<preview_command>({"schedule", "preview", "a", "--from", "2026-01-01T00:00Z"});
  BOOST_TEST((preview.what.query == query({{"from", "2026-01-01T00:00Z"}}).query));
  BOOST_TEST(write_target(parse_as<list_command>({"schedule", "definitions", "a"}).what) == "/schedules/a/definitions");
  BOOST_TEST(parse_as<verify_command>({"verify", "--data", "x", "--json"}).data == "x");
  (void)parse_as<clean_command>({"store", "clean"});
}

BOOST_AUTO_TEST_CASE(every_help_has_an_example) {
  for (std::vector<std::string> line : std::vector<std::vector<std::string>>{{"schedule", "explain"},
                                                                             {"schedule", "preview"},
                                                                             {"schedule", "definitions"},
                                                                             {"verify"},
                                                                             {"store"},
                                                                             {"store", "clean"}}) {
    line.emplace_back("--help");
    const auto parsed = parse_command_line(line);
    const auto* end = std::get_if<parse_end>(&parsed);
    BOOST_TEST_REQUIRE(end != nullptr);
    BOOST_TEST((end->code == exit_code::success));
    BOOST_TEST(has(end->text, "Example:\n"), end->text);
  }
}

BOOST_AUTO_TEST_CASE(parameters_are_read_and_bad_ones_named) {
  const auto usual = parse_explanation_request(query({})).or_throw();
  BOOST_TEST(usual.decisions == 20U);
  BOOST_TEST(usual.coming == 5U);
  const auto said = parse_explanation_request(query({{"limit", "0"}, {"coming", "1000"}})).or_throw();
  BOOST_TEST(said.decisions == 0U);
  BOOST_TEST(said.coming == 1'000U);
  BOOST_TEST(refusal(parse_explanation_request(query({{"limit", "1001"}}))) == "limit: must be 0 to 1000");
  BOOST_TEST(has(refusal(parse_explanation_request(query({{"coming", "few"}}))), "coming: expected a whole number"));
  BOOST_TEST(has(refusal(parse_explanation_request(query({{"after", "x"}}))), "after: unknown parameter"));
  BOOST_TEST((parse_preview_request(query({{"from", "2027-01-15T08:00:00Z"}})).or_throw().from == at));
  BOOST_TEST(has(refusal(parse_preview_request(query({{"from", "soon"}}))), "from: "));
  BOOST_TEST(refusal(parse_preview_request(query({{"coming", "1001"}}))) == "coming: must be 0 to 1000");
}

BOOST_AUTO_TEST_CASE(a_past_definition_shows_its_settings_and_its_time) {
  past_definition past;
  past.incarnation = 3;
  past.changed = 5;
  past.covered_to = at;
  past.replaced_at = at + 1h;
  past.what.id = "a";
  past.what.trigger.kind = date_definition{at};
  const auto shown = view_of(past);
  BOOST_TEST(text(shown, "id") == R"("a")");
  BOOST_TEST(text(shown, "incarnation") == "3");
  BOOST_TEST(text(shown, "revision") == "5");
  BOOST_TEST(text(shown, "trigger_since") == "null");
  BOOST_TEST(text(shown, "covered_to") == R"("2027-01-15T08:00:00.000000Z")");
  BOOST_TEST(text(shown, "replaced_at") == R"("2027-01-15T09:00:00.000000Z")");
  BOOST_TEST(text(shown, "next_fire_time") == "(missing)");
  BOOST_TEST(row_of("definitions", shown).size() == headings_of("definitions").size());
}

BOOST_AUTO_TEST_CASE(a_decision_is_a_job_or_a_skip_or_neither) {
  fire_decision made;
  made.first = made.last = at;
  made.count = 1;
  made.job = job_id::of_fire_time("a", 1, at);
  made.outcome = job_outcome::error;
  made.state = job_state::finished;
  made.text = "failed";
  BOOST_TEST(text(view_of(made), "outcome") == R"("error")");
  BOOST_TEST(text(view_of(made), "reason") == "null");
  BOOST_TEST(row_of("decided", view_of(made))[1].text == "error");
  fire_decision skipped;
  skipped.first = at;
  skipped.last = at + 1h;
  skipped.count = 61;
  skipped.reason = skip_reason::paused;
  BOOST_TEST(text(view_of(skipped), "job_id") == "null");
  BOOST_TEST(text(view_of(skipped), "state") == "null");
  const auto row = row_of("decided", view_of(skipped));
  BOOST_TEST(row[1].text == "paused");
  BOOST_TEST(has(row[0].text, " ... "));
  BOOST_TEST(has(row[0].text, "(61)"));
  BOOST_TEST(row_of("decided", view_of(fire_decision{}))[1].text == "nothing");
}

BOOST_AUTO_TEST_CASE(a_verdict_has_a_row_for_each_life_of_a_schedule) {
  history_report report;
  report.found.faults = {"x"};
  report.as_of = at;
  report.schedules.push_back({"a", 4, true, 2, 10, 9, 0, 1, 0, "2027-01-15T08:00:00.000000Z has neither", ""});
  const auto shown = view_of(report);
  BOOST_TEST(text(shown, "ok") == "false");
  BOOST_TEST(text(shown, "as_of") == R"("2027-01-15T08:00:00.000000Z")");
  const auto& rows = *shown.find("history")->get_if<value::list>();
  BOOST_TEST_REQUIRE(rows.size() == 1U);
  BOOST_TEST(text(rows[0], "missing") == "1");
  const auto row = row_of("history", rows[0]);
  BOOST_TEST(row.size() == headings_of("history").size());
  BOOST_TEST(row[1].text == "4 (removed)");
  BOOST_TEST((row[6].with == colour::red && row[7].with == colour::none));
  BOOST_TEST(has(row[8].text, "has neither"));
}

BOOST_AUTO_TEST_CASE(instants_within_a_sentence_are_shown_in_the_machines_zone) {
  const std::string instant = "2027-01-15T08:00:00.000000Z";
  BOOST_TEST(with_local_times("from " + instant + " to " + instant + ".") ==
             "from " + local_time(instant) + " to " + local_time(instant) + ".");
  BOOST_TEST(with_local_times("no time") == "no time");
}

BOOST_AUTO_TEST_SUITE_END()
