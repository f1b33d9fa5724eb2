#include "api/requests.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

const trigger_defaults defaults{timestamp{duration{1'774'785'600'000'000}}, "UTC"};

value json(const std::string& text) { return parse_json_text(text).or_throw(); }

std::string refusal(const auto& outcome) { return outcome ? "accepted" : outcome.err().text(); }

// A schedule's document with one more field.
value schedule_with(const std::string& field) {
  return json(R"({"id": "a", "task": "t", "trigger": {"type": "interval", "seconds": 5})" +
              (field.empty() ? "" : ", " + field) + "}");
}

std::string schedule_refusal(const value& body) { return refusal(parse_schedule_request(body, defaults)); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

target query(std::vector<std::pair<std::string, std::string>> parameters) { return {{"v1"}, std::move(parameters)}; }

} // namespace

BOOST_AUTO_TEST_SUITE(api_requests)

BOOST_AUTO_TEST_CASE(a_schedule_is_read_with_all_its_policies) {
  const auto read = parse_schedule_request(
      schedule_with(
          R"("arguments": [1], "coalesce": "all", "overlap": "skip", "misfire_grace_time": 1.5, "time_limit": "2m",
                       "max_jitter": 0, "max_catch_up": 3, "paused": true, "metadata": {"a": 1}, "on_conflict": "replace")"),
      defaults);
  BOOST_TEST_REQUIRE(refusal(read) == "accepted");
  const auto& what = read->definition;
  BOOST_TEST(what.id == "a");
  BOOST_TEST((what.arguments == value{value::list{1}}));
  BOOST_TEST((what.coalesce == coalesce_policy::all));
  BOOST_TEST((what.overlap == overlap_policy::skip));
  BOOST_TEST((what.misfire_grace_time == duration{1500ms}));
  BOOST_TEST((what.time_limit == duration{2min}));
  BOOST_TEST(what.max_catch_up == 3U);
  BOOST_TEST(what.paused);
  BOOST_TEST((read->on_conflict == conflict_policy::replace));
  BOOST_TEST((std::get<interval_definition>(what.trigger.kind).start_time == defaults.now));
}

BOOST_AUTO_TEST_CASE(a_bad_field_of_a_schedule_is_named) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("colour": 1)", "colour: unknown field of a schedule"},
      {R"("overlap": "sometimes")", "overlap: unknown name \"sometimes\"; there are queue_one, queue_all,"},
      {R"("misfire_grace_time": -1)", "misfire_grace_time: must be at least 0"},
      {R"("misfire_grace_time": "5 parsecs")", "misfire_grace_time: position"},
      {R"("max_jitter": true)", "max_jitter: expected a number of seconds"},
      {R"("max_catch_up": -1)", "max_catch_up: expected a number that fits"},
      {R"("paused": 1)", "paused: expected true or false"},
      {R"("metadata": [])", "metadata: expected a JSON object"},
      {R"("id": 5)", "id: expected a text"},
      {R"("id": null)", "id: is missing"},
      {R"("task": "command")", "arguments: command:"},
      {R"("trigger": null)", "trigger: is missing"},
      {R"("trigger": {"type": "sundial"})", "trigger: "},
      {R"("trigger": {"type": "classic_cron", "expression": "99 * * * *"})", "trigger: "},
      {R"("trigger": {"type": "classic_cron", "expression": "* * * * *", "timezone": "Mars/Olympus"})", "trigger: "},
  };
  for (const auto& [field, expected] : cases) {
    const auto good = schedule_with("");
    auto body = *good.get_if<value::map>();
    const auto changed = json("{" + std::string{field} + "}");
    for (const auto& [key, content] : *changed.get_if<value::map>())
      body[key] = content;
    const auto said = schedule_refusal(value{body});
    BOOST_TEST(has(said, expected), field << ": " << said);
  }
  BOOST_TEST(has(schedule_refusal(value{value::list{}}), "a schedule: expected a JSON object"));
  BOOST_TEST(has(schedule_refusal(value{}), "a schedule: expected a JSON object"));
}

BOOST_AUTO_TEST_CASE(a_job_is_read) {
  const auto read = parse_job_request(json(
      R"({"task": "command", "arguments": {"argv": ["date"]}, "id": "01930000-0000-7000-8000-000000000000",
          "not_before": "2026-03-29T12:00:00Z", "time_limit": 5})"));
  BOOST_TEST_REQUIRE(refusal(read) == "accepted");
  BOOST_TEST(read->id->to_string() == "01930000-0000-7000-8000-000000000000");
  BOOST_TEST((read->not_before == defaults.now));
  BOOST_TEST((read->time_limit == duration{5s}));
}

BOOST_AUTO_TEST_CASE(a_bad_field_of_a_job_is_named) {
  BOOST_TEST(refusal(parse_job_request(json("{}"))) == "task: is missing");
  BOOST_TEST(has(refusal(parse_job_request(json(R"({"task": "t", "id": "x"})"))), "id: "));
  BOOST_TEST(has(refusal(parse_job_request(json(R"({"task": "t", "not_before": "soon"})"))), "not_before: "));
  BOOST_TEST(has(refusal(parse_job_request(json(R"({"task": "command", "arguments": {"argv": []}})"))), "arguments: "));
}

BOOST_AUTO_TEST_CASE(parameters_of_lists_are_read_and_unknown_ones_refused) {
  const auto jobs =
      parse_job_list_request(query({{"schedule_id", "a"}, {"state", "running"}, {"limit", "7"}, {"after", "c"}}));
  BOOST_TEST_REQUIRE(refusal(jobs) == "accepted");
  BOOST_TEST(jobs->filter.schedule_id == "a");
  BOOST_TEST((jobs->filter.state == job_state::running));
  BOOST_TEST(jobs->page.limit == 7U);
  BOOST_TEST(jobs->page.after == "c");
  BOOST_TEST(has(refusal(parse_job_list_request(query({{"state", "odd"}}))), "state: unknown name"));
  BOOST_TEST(has(refusal(parse_page_request(query({{"limit", "0"}}))), "limit: must be 1 to 1000"));
  BOOST_TEST(has(refusal(parse_page_request(query({{"limit", "1001"}}))), "limit: must be 1 to 1000"));
  BOOST_TEST(has(refusal(parse_page_request(query({{"limit", "many"}}))), "limit: expected a whole number"));
  BOOST_TEST(has(refusal(parse_page_request(query({{"offset", "1"}}))), "offset: unknown parameter"));
}

BOOST_AUTO_TEST_CASE(events_are_asked_for_by_number_and_type) {
  const auto read = parse_event_request(query({{"type", "job_added"}, {"type", "job_finished"}, {"since", "12"}}));
  BOOST_TEST_REQUIRE(refusal(read) == "accepted");
  BOOST_TEST(read->filter.types.size() == 2U);
  BOOST_TEST((read->since == revision{12}));
  BOOST_TEST(read->page.after == "12");
  BOOST_TEST(has(refusal(parse_event_request(query({{"type", "job_lost"}}))), "type: there is no event"));
}

BOOST_AUTO_TEST_CASE(a_wait_is_no_longer_than_the_longest) {
  BOOST_TEST((parse_wait_limit(query({{"limit", "5s"}}), 30s).or_throw() == duration{5s}));
  BOOST_TEST((parse_wait_limit(query({{"limit", "5h"}}), 30s).or_throw() == duration{30s}));
  BOOST_TEST((parse_wait_limit(query({}), 30s).or_throw() == duration{30s}));
}

BOOST_AUTO_TEST_CASE(a_resume_may_say_since_when) {
  BOOST_TEST((parse_resume_request(value{}).or_throw() == std::nullopt));
  BOOST_TEST((parse_resume_request(json(R"({"from": "2026-03-29T12:00:00Z"})")).or_throw() == defaults.now));
  BOOST_TEST(has(refusal(parse_resume_request(json(R"({"since": 1})"))), "since: unknown field"));
}

BOOST_AUTO_TEST_SUITE_END()
