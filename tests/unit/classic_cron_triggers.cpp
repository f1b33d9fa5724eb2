// Section 12.
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

using namespace carillon;
using namespace carillon::test;

namespace {

std::string classic(std::string_view expression, std::string_view more = "") {
  return fmt::format(R"({{"type": "classic_cron", "expression": "{}"{}}})", expression, more);
}

/// In Paris, from the day before the change of the clocks.
std::string spring(std::string_view expression, int count, std::string_view more = "") {
  return fires(
      classic(expression, fmt::format(R"(, "timezone": "Europe/Paris", "start_time": "2026-03-28T12:00"{})", more)),
      count);
}
std::string autumn(std::string_view expression, int count, std::string_view more = "") {
  return fires(
      classic(expression, fmt::format(R"(, "timezone": "Europe/Paris", "start_time": "2026-10-24T12:00"{})", more)),
      count);
}

} // namespace

BOOST_AUTO_TEST_SUITE(classic_cron_triggers)

BOOST_AUTO_TEST_CASE(expressions_give_their_times) {
  // From Thursday, 2026-01-01 on.
  const std::pair<const char*, const char*> cases[] = {
      {"30 4 * * *", "2026-01-01T04:30:00 2026-01-02T04:30:00"},
      {"15 30 4 * * *", "2026-01-01T04:30:15 2026-01-02T04:30:15"},
      {"15 30 4 1 1 * 2030-2031", "2030-01-01T04:30:15 2031-01-01T04:30:15"},
      {"0 0 ? * ?", "2026-01-01T00:00:00 2026-01-02T00:00:00"},
      {"@yearly", "2026-01-01T00:00:00 2027-01-01T00:00:00"},
      {"@annually", "2026-01-01T00:00:00 2027-01-01T00:00:00"},
      {" @monthly ", "2026-01-01T00:00:00 2026-02-01T00:00:00"},
      {"@weekly", "2026-01-04T00:00:00 2026-01-11T00:00:00"},
      {"@daily", "2026-01-01T00:00:00 2026-01-02T00:00:00"},
      {"@midnight", "2026-01-01T00:00:00 2026-01-02T00:00:00"},
      {"@hourly", "2026-01-01T00:00:00 2026-01-01T01:00:00"},
      // Steps.
      {"*/40 0 * * *", "2026-01-01T00:00:00 2026-01-01T00:40:00 2026-01-02T00:00:00"},
      {"50/5 0 * * *", "2026-01-01T00:50:00 2026-01-01T00:55:00"},
      {"*/90 * * * *", "2026-01-01T00:00:00 2026-01-01T01:00:00"},
      {"10-20/30 * * * *", "2026-01-01T00:10:00 2026-01-01T01:10:00"},
      {"0 0 * * */3", "2026-01-03T00:00:00 2026-01-04T00:00:00 2026-01-07T00:00:00 2026-01-10T00:00:00"},
      // Weekdays.
      {"0 0 * * 7", "2026-01-04T00:00:00 2026-01-11T00:00:00"},
      {"0 0 * * 0-7", "2026-01-01T00:00:00 2026-01-02T00:00:00"},
      {"0 0 * * fri-mon",
       "2026-01-02T00:00:00 2026-01-03T00:00:00 2026-01-04T00:00:00 2026-01-05T00:00:00 2026-01-09T00:00:00"},
      {"0 0 * * 6-0", "2026-01-03T00:00:00 2026-01-04T00:00:00 2026-01-10T00:00:00"},
      {"0 0 * * Sun-TUE", "2026-01-04T00:00:00 2026-01-05T00:00:00 2026-01-06T00:00:00 2026-01-11T00:00:00"},
      // Either day field, unless one of them is open.
      {"0 0 13 * fri", "2026-01-02T00:00:00 2026-01-09T00:00:00 2026-01-13T00:00:00 2026-01-16T00:00:00"},
      {"0 0 */2 * fri", "2026-01-09T00:00:00 2026-01-23T00:00:00"},
      {"0 0 13 * */5", "2026-02-13T00:00:00 2026-03-13T00:00:00"},
      {"0 0 13 * ?", "2026-01-13T00:00:00 2026-02-13T00:00:00"},
      // Days with letters.
      {"0 0 L * *", "2026-01-31T00:00:00 2026-02-28T00:00:00"},
      {"0 0 L-3 2 *", "2026-02-25T00:00:00 2027-02-25T00:00:00 2028-02-26T00:00:00"},
      {"0 0 l-30 * *", "2026-01-01T00:00:00 2026-03-01T00:00:00"},
      {"0 0 15W * *", "2026-01-15T00:00:00 2026-02-16T00:00:00 2026-03-16T00:00:00"},
      {"0 0 1W 8 *", "2026-08-03T00:00:00 2027-08-02T00:00:00"}, // a Saturday, a Sunday
      {"0 0 31W * *", "2026-01-30T00:00:00 2026-03-31T00:00:00 2026-05-29T00:00:00"},
      {"0 0 30w 2 *", "nothing"},
      {"0 0 LW * *", "2026-01-30T00:00:00 2026-02-27T00:00:00 2026-03-31T00:00:00"},
      {"0 0 1,15,L * *", "2026-01-01T00:00:00 2026-01-15T00:00:00 2026-01-31T00:00:00 2026-02-01T00:00:00"},
      {"0 0 * * 5#2", "2026-01-09T00:00:00 2026-02-13T00:00:00"},
      {"0 0 * * mon#5", "2026-03-30T00:00:00 2026-06-29T00:00:00"},
      {"0 0 * * friL", "2026-01-30T00:00:00 2026-02-27T00:00:00"},
      {"0 0 * * 0L,7#1", "2026-01-04T00:00:00 2026-01-25T00:00:00 2026-02-01T00:00:00"},
      // Years without a match are passed over.
      {"0 0 29 2 *", "2028-02-29T00:00:00 2032-02-29T00:00:00"},
      {"0 0 29 2 */7", "2032-02-29T00:00:00 2060-02-29T00:00:00 2088-02-29T00:00:00 2128-02-29T00:00:00"}, // Sundays
      {"0 0 0 29 2 ? 2097-2110", "2104-02-29T00:00:00 2108-02-29T00:00:00 nothing"},
      {"0 0 0 29 2 ? 2097-2103", "nothing"},
      {"0 0 30 2 *", "nothing"},
      {"0 0 31 feb,apr,jun ?", "nothing"},
  };
  for (const auto& [expression, expected] : cases) {
    const auto count = static_cast<int>(std::ranges::count(std::string_view{expected}, ' ')) + 1;
    BOOST_TEST(fires(classic(expression), count) == expected, expression << ": " << fires(classic(expression), count));
  }
}

BOOST_AUTO_TEST_CASE(malformed_expressions_are_refused_with_the_position) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "position 1: expected 5 members"},
      {"* * * *", "position 8: expected 5 members"},
      {"* * * * * * * *", "position 15: expected 5 members"},
      {"@reboot", "position 1: @reboot names no time"},
      {"@fortnightly", "position 1: \\\"@fortnightly\\\" is unknown"},
      {"@daily 5", "position 8: nothing may follow @daily"},
      {"60 * * * *", "minute: position 1: 60 is more than 59"},
      {"* 24 * * *", "hour: position 3: 24 is more than 23"},
      {"* * 0 * *", "day: position 5: 0 is less than 1"},
      {"* * 32 * *", "day: position 5: 32 is more than 31"},
      {"* * * 13 *", "month: position 7: 13 is more than 12"},
      {"* * * * 8", "day_of_week: position 9: 8 is more than 7"},
      {"* * * * * * 1969", "year: position 13: 1969 is less than 1970"},
      {"5-1 * * * *", "position 1: the range runs backwards"},
      {"*/0 * * * *", "position 3: a step can't be 0"},
      {"* ? * * *", "hour: position 3"},
      {"* * ?/2 * *", "day: position 6"},
      {"* * last * *", "is unknown"},
      {"* * L-31 * *", "position 7: 31 is more than 30"},
      {"* * LX * *", "is unknown"},
      {"* * 0W * *", "0 is less than 1"},
      {"* * 1-5W * *", "position 8: expected ','"},
      {"* * * * 5#0", "position 11: 0 is less than 1"},
      {"* * * * 5#6", "position 11: 6 is more than 5"},
      {"* * * * L", "is unknown"},
      {"* * * * mon-friL", "a range can't end with L"},
      {"* * * * monday", "is unknown"},
      {"* * * * mon,", "position 13: an expression is missing"},
      {"* L * * *", "hour: position 3"},
  };
  for (const auto& [expression, expected] : cases) {
    std::string unquoted{expected};
    std::erase(unquoted, '\\');
    const auto refusal = refusal_of(classic(expression));
    BOOST_TEST(holds(refusal, "invalid_argument: expression: "), refusal);
    BOOST_TEST(holds(refusal, unquoted), expression << ": " << refusal);
  }
  BOOST_TEST(holds(refusal_of(classic(std::string(2'000, '*'))), "limit_exceeded: "));
}

BOOST_AUTO_TEST_CASE(a_fixed_time_in_a_gap_fires_once_right_after_it) {
  BOOST_TEST(spring("30 2 * * *", 2) == "2026-03-29T01:00:00 2026-03-30T00:30:00");
  BOOST_TEST(spring("0,30 2,3 * * *", 3) == "2026-03-29T01:00:00 2026-03-29T01:30:00 2026-03-30T00:00:00",
             "joined with 03:00");
  BOOST_TEST(spring("*/10 30 2 * * *", 2) == "2026-03-29T01:00:00 2026-03-30T00:30:00", "the second may be open");
}

BOOST_AUTO_TEST_CASE(a_fixed_time_in_an_overlap_fires_in_the_first_pass_only) {
  BOOST_TEST(autumn("30 2 * * *", 2) == "2026-10-25T00:30:00 2026-10-26T01:30:00");
}

BOOST_AUTO_TEST_CASE(steps_run_on_through_offset_changes) {
  BOOST_TEST(spring("30 * * * *", 15).ends_with("2026-03-29T00:30:00 2026-03-29T01:30:00"));
  BOOST_TEST(spring("*/30 2 * * *", 1) == "2026-03-30T00:00:00");
  BOOST_TEST(autumn("*/30 2 * * *", 4) ==
             "2026-10-25T00:00:00 2026-10-25T00:30:00 2026-10-25T01:00:00 2026-10-25T01:30:00");
}

BOOST_AUTO_TEST_CASE(an_explicit_policy_comes_before_the_unix_one) {
  BOOST_TEST(spring("30 2 * * *", 1, R"(, "dst": {"gap": "shift"})") == "2026-03-29T01:30:00");
  BOOST_TEST(spring("30 2 * * *", 1, R"(, "dst": {"gap": "skip"})") == "2026-03-30T00:30:00");
  BOOST_TEST(autumn("30 2 * * *", 2, R"(, "dst": {"overlap": "both"})") == "2026-10-25T00:30:00 2026-10-25T01:30:00");
  // The half that isn't given stays the Unix one.
  BOOST_TEST(autumn("30 2 * * *", 2, R"(, "dst": {"gap": "skip"})") == "2026-10-25T00:30:00 2026-10-26T01:30:00");
}

BOOST_AUTO_TEST_SUITE_END()
