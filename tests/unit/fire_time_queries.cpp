// Section 14.
#include "carillon/trigger/fire_time_query.hpp"

#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

using namespace carillon;
using namespace carillon::test;

namespace {

std::string answer_to(std::string_view line) { return answer_fire_time_query(line, trigger_test_defaults()); }

} // namespace

BOOST_AUTO_TEST_SUITE(fire_time_queries)

BOOST_AUTO_TEST_CASE(a_line_is_answered_with_its_id_and_times) {
  BOOST_TEST(
      answer_to(
          R"({"id": 7, "trigger": {"type": "interval", "minutes": 1.5}, "from": "2026-05-01T00:00:00+02:00", "n": 2})") ==
      R"({"id":7,"times":["2026-04-30T22:00:00.000000Z","2026-04-30T22:01:30.000000Z"],"error":null})");
  BOOST_TEST(
      answer_to(R"({"id": "a\"b", "trigger": {"type": "date", "run_time": "2026-05-01T00:00:00.000001Z"}, "n": 5})") ==
      R"({"id":"a\"b","times":["2026-05-01T00:00:00.000001Z"],"error":null})");
  BOOST_TEST(answer_to(R"({"id": {"x": [1.50, null]}, "trigger": {"type": "interval", "days": 1}, "n": 0})") ==
             R"({"id":{"x":[1.50,null]},"times":[],"error":null})");
  BOOST_TEST(answer_to(R"({"trigger": {"type": "interval", "days": 1}, "n": 1})") ==
             R"({"id":null,"times":["2026-01-01T00:00:00.000000Z"],"error":null})");
}

BOOST_AUTO_TEST_CASE(from_is_the_start_of_a_trigger_that_has_none) {
  const auto first = [](std::string_view trigger_json) {
    return answer_to(fmt::format(R"({{"id": 1, "trigger": {}, "from": "2026-05-01T22:30:00Z", "n": 1}})", trigger_json))
        .substr(18, 16);
  };
  BOOST_TEST(first(R"({"type": "cron", "fields": {"hour": 7}, "timezone": "Asia/Tokyo"})") == "2026-05-02T22:00");
  BOOST_TEST(first(R"({"type": "calendar_interval", "days": 1, "timezone": "Asia/Tokyo"})") == "2026-05-01T15:00");
  BOOST_TEST(first(R"({"type": "interval", "days": 1, "start_time": "2020-01-01T00:00Z"})") == "2020-01-01T00:00");
}

BOOST_AUTO_TEST_CASE(the_times_before_the_iteration_limit_are_given) {
  const auto answer = answer_to(R"({"id": 1, "n": 3, "trigger": {"type": "and", "max_iterations": 3, "triggers": [
    {"type": "interval", "minutes": 2}, {"type": "interval", "minutes": 61}]}})");
  BOOST_TEST(holds(answer, R"({"id":1,"times":["2026-01-01T00:00:00.000000Z"],"error":"max_iterations: )"), answer);
}

BOOST_AUTO_TEST_CASE(a_bad_line_gets_an_answer) {
  const std::pair<const char*, const char*> cases[] = {
      {"", R"({"id":null,"times":[],"error":"invalid: position 1: not valid JSON"})"},
      {"{\"id\": 1,", R"({"id":null,"times":[],"error":"invalid: position)"},
      {"[]", R"({"id":null,"times":[],"error":"invalid: expected an object"})"},
      {"\xff", R"({"id":null,"times":[],"error":"invalid: position 1: not valid JSON"})"},
      {R"({"id": 1, "n": 1})", R"({"id":1,"times":[],"error":"invalid: trigger: it is missing"})"},
      {R"({"id": 1, "trigger": {"type": "interval", "days": 1}})", "invalid: n: it is missing"},
      {R"({"id": 1, "trigger": {"type": "interval", "days": 1}, "n": -1})", "invalid: n: expected a whole number"},
      {R"({"id": 1, "trigger": {"type": "interval", "days": 1}, "n": 1000001})",
       "invalid: n: 1000001 is more than 1000000"},
      {R"({"id": 1, "trigger": {"type": "interval", "days": 1}, "n": 1, "from": "soon"})", "invalid: from: position 1"},
      {R"({"id": 1, "trigger": {"type": "interval", "days": 1}, "n": 1, "to": 1})",
       "invalid: \\\"to\\\" is unknown here"},
      {R"({"id": 1, "trigger": {"type": "lunar"}, "n": 1})", "invalid: trigger: type: \\\"lunar\\\" is unknown"},
      {R"({"id": 1, "trigger": {"type": "cron", "fields": {"hour": "7x"}}, "n": 1})",
       "invalid: trigger: hour: position 2"},
      {R"({"id": 1, "trigger": {"type": "interval", "days": 1e999}, "n": 1})", "the number is too large"},
  };
  for (const auto& [line, expected] : cases) {
    const auto answer = answer_to(line);
    BOOST_TEST(holds(answer, expected), line << ": " << answer);
    BOOST_TEST(nlohmann::json::accept(answer), answer);
    BOOST_TEST(answer.find('\n') == std::string::npos);
  }
  BOOST_TEST(holds(answer_to(std::string(100'000, '[')), "nested deeper than 64"));
}

BOOST_AUTO_TEST_CASE(one_trigger_is_asked_without_a_stream) {
  const auto list = list_fire_times(R"({"type": "interval", "days": 1})", 2, trigger_test_defaults()).value();
  BOOST_TEST((list.times == std::vector{at("2026-01-01T00:00Z"), at("2026-01-02T00:00Z")}));
  BOOST_TEST((list.stopped_by.code() == ec::none));
  BOOST_TEST((list_fire_times("{", 2, trigger_test_defaults()).err().code() == ec::invalid_argument));
  BOOST_TEST((list_fire_times(R"({"type": "interval", "days": 1})", max_fire_time_count + 1, {}).err().code() ==
              ec::limit_exceeded));
}

BOOST_AUTO_TEST_SUITE_END()
