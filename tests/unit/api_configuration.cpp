#include "api/configuration.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

const trigger_defaults defaults{parse_iso8601("2026-03-01T00:00Z").or_throw(), "Europe/Berlin"};

result<configuration> parse(const char* json) {
  return parse_configuration(parse_json_text(json).or_throw(), defaults);
}
std::string refusal(const char* json) {
  const auto read = parse(json);
  return read ? "none" : read.err().text();
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_configuration)

BOOST_AUTO_TEST_CASE(tasks_and_schedules_stand_in_one_document) {
  const auto read = parse(R"({"tasks": [{"id": "mail", "max_running_jobs": 2, "time_limit": "5m"}],
    "schedules": [{"id": "a", "task": "mail", "trigger": {"type": "interval", "minutes": 5}, "overlap": "skip"}]})");
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST_REQUIRE(read->tasks.size() == 1U);
  BOOST_TEST(read->tasks[0].id == "mail");
  BOOST_TEST((read->tasks[0].max_running_jobs == 2U));
  BOOST_TEST((read->tasks[0].time_limit == 5min));
  BOOST_TEST_REQUIRE(read->schedules.size() == 1U);
  BOOST_TEST((read->schedules[0].overlap == overlap_policy::skip));
  const auto& trigger = std::get<interval_definition>(read->schedules[0].trigger.kind);
  BOOST_TEST((trigger.start_time == defaults.now));
  BOOST_TEST(parse("{}")->schedules.empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_with_its_entry) {
  BOOST_TEST(refusal("[]") == "a configuration: expected a JSON object");
  BOOST_TEST(refusal(R"({"jobs": []})") == "jobs: unknown field of a configuration");
  BOOST_TEST(refusal(R"({"tasks": {}})") == "tasks: expected a list");
  BOOST_TEST(refusal(R"({"tasks": [{"runner": "inline"}]})") == "tasks: entry 1: id: is missing");
  BOOST_TEST(refusal(R"({"tasks": [{"id": "a"}, {"id": "a"}]})") == "tasks: entry 2: id: \"a\" is there twice");
  BOOST_TEST(refusal(R"({"schedules": [{"id": "a", "task": "t"}]})") == "schedules: entry 1: trigger: is missing");
}

BOOST_AUTO_TEST_SUITE_END()
