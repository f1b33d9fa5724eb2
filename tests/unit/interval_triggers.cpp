// Sections 2, 3 and 4.
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <tuple>
#include <utility>

using namespace carillon;
using namespace carillon::test;

namespace {

std::string interval(std::string_view members) { return fmt::format(R"({{"type": "interval", {}}})", members); }
std::string calendar(std::string_view members) {
  return fmt::format(R"({{"type": "calendar_interval", {}}})", members);
}

duration length_of(std::string_view members) {
  const auto definition = make_trigger(interval(members)).definition();
  return std::get<interval_definition>(definition.kind).interval;
}

} // namespace

BOOST_AUTO_TEST_SUITE(interval_triggers)

BOOST_AUTO_TEST_CASE(a_date_fires_once_even_when_skipped_to_its_instant) {
  auto rule = make_trigger(R"({"type": "date", "run_time": "2026-05-01T00:00:00.000001Z"})");
  BOOST_REQUIRE(rule.skip_to(at("2026-05-01T00:00:00.000001Z")));
  BOOST_TEST((rule.next().value() == at("2026-05-01T00:00:00.000001Z")));
  BOOST_TEST(fires(rule, 1) == "nothing");
  auto late = make_trigger(R"({"type": "date", "run_time": "2026-05-01T00:00:00Z"})");
  BOOST_REQUIRE(late.skip_to(at("2026-05-01T00:00:00.000001Z")));
  BOOST_TEST(fires(late, 1) == "nothing");
}

BOOST_AUTO_TEST_CASE(an_interval_is_the_exact_sum_of_its_parts_rounded_half_to_even) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {R"("days": 1.5)", 129'600'000'000},
      {R"("seconds": 0.1)", 100'000},
      {R"("seconds": 0.3, "microseconds": -0.0)", 300'000},
      {R"("microseconds": 0.5000000000000000000000000000000001)", 1},
      {R"("microseconds": 1.5)", 2},
      {R"("microseconds": 2.5)", 2},
      {R"("microseconds": 2.50000000000000000000001)", 3},
      {R"("seconds": 0.0000015)", 2},
      {R"("seconds": 1e-6, "microseconds": 1.5E0)", 2},
      {R"("hours": 1, "minutes": -59.5)", 30'000'000},
      {R"("weeks": 0.1, "days": -0.7, "microseconds": 1)", 1},
      {R"("weeks": 3.3333333333333333333)", 2'016'000'000'000}, // as written, not as the nearest double
      {R"("weeks": 1, "days": null)", 604'800'000'000},
      {R"("seconds": 1.0e+3)", 1'000'000'000},
  };
  for (const auto& [members, expected] : cases)
    BOOST_TEST(length_of(members).count() == expected, members << " is " << length_of(members).count());
}

BOOST_AUTO_TEST_CASE(a_bad_interval_is_refused) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("seconds": 0)", "must be longer than 0"},
      {R"("microseconds": 0.5)", "must be longer than 0"},
      {R"("days": 1, "hours": -25)", "must be longer than 0"},
      {R"("start_time": "2026-01-01T00:00Z")", "must be longer than 0"},
      {R"("seconds": "1")", "seconds: expected a number"},
      {R"("seconds": true)", "seconds: expected a number"},
      {R"("fortnights": 1)", "\"fortnights\" is unknown"},
      {R"("seconds": 1, "timezone": "UTC")", "\"timezone\" is unknown"},
      {R"("weeks": 1e9)", "longer than 10,000 years"},
      {R"("weeks": 1e300)", "weeks: the exponent is beyond 100"},
      {R"("seconds": 1, "start_time": "2026-01-02T00:00Z", "end_time": "2026-01-01T00:00Z")",
       "end_time lies before start_time"},
      {R"("seconds": 1, "start_time": "2026-01-02")", "start_time: position 11"},
      {R"("seconds": 1, "start_time": 5)", "start_time: expected text"},
      {R"("seconds": 1, "seconds": 2)", "\"seconds\" is there twice"},
  };
  for (const auto& [members, expected] : cases)
    BOOST_TEST(holds(refusal_of(interval(members)), expected), members << ": " << refusal_of(interval(members)));
}

BOOST_AUTO_TEST_CASE(an_interval_ends_at_its_end_and_after_the_year_9999) {
  BOOST_TEST(fires(interval(R"("days": 1, "end_time": "2026-01-01T00:00Z")"), 2) == "2026-01-01T00:00:00 nothing");
  BOOST_TEST(fires(interval(R"("weeks": 200000)"), 4) ==
             "2026-01-01T00:00:00 5859-01-27T00:00:00 9692-02-21T00:00:00 nothing");
  BOOST_TEST(fires(interval(R"("microseconds": 1, "start_time": "9999-12-31T23:59:59.999999Z")"), 2) ==
             "9999-12-31T23:59:59 nothing");
}

BOOST_AUTO_TEST_CASE(a_calendar_interval_walks_as_the_rules_say) {
  const std::tuple<const char*, int, const char*> cases[] = {
      {R"("months": 1, "start_date": "2026-01-30")", 3, "2026-01-30T00:00:00 2026-03-30T00:00:00 2026-04-30T00:00:00"},
      {R"("years": 1, "months": 1, "start_date": "2026-01-31")", 3,
       "2026-01-31T00:00:00 2028-03-31T00:00:00 2030-05-31T00:00:00"},
      {R"("years": 100, "start_date": "2000-02-29")", 2, "2000-02-29T00:00:00 2400-02-29T00:00:00"},
      {R"("months": 1, "weeks": 1, "start_date": "2026-01-31")", 3,
       "2026-01-31T00:00:00 2026-04-07T00:00:00 2026-05-14T00:00:00"},
      {R"("weeks": 2, "day_of_week": "tue", "start_date": "2026-01-01")", 2, "2026-01-06T00:00:00 2026-01-20T00:00:00"},
      {R"("weeks": 1, "day_of_week": "THU", "start_date": "2026-01-01")", 2, "2026-01-01T00:00:00 2026-01-08T00:00:00"},
      {R"("weeks": 1, "day_of_week": "mon", "start_date": "2026-01-01", "end_date": "2026-01-02")", 1, "nothing"},
      {R"("years": 7000, "start_date": "2026-01-01")", 3, "2026-01-01T00:00:00 9026-01-01T00:00:00 nothing"},
      {R"("months": 4294967295, "days": 4294967295, "start_date": "2026-01-01")", 2, "2026-01-01T00:00:00 nothing"},
      {R"("days": 1, "start_date": "9999-12-31", "hour": 23, "minute": 59, "second": 59)", 2,
       "9999-12-31T23:59:59 nothing"},
      {R"("days": 1, "start_date": "9999-12-31", "hour": 20, "timezone": "America/Bogota")", 1, "nothing"},
  };
  for (const auto& [members, count, expected] : cases)
    BOOST_TEST(fires(calendar(members), count) == expected, members << ": " << fires(calendar(members), count));
}

BOOST_AUTO_TEST_CASE(a_missing_start_date_is_the_local_date_of_now) {
  const auto definition = make_trigger(calendar(R"("days": 1, "timezone": "America/New_York")")).definition();
  BOOST_TEST((std::get<calendar_interval_definition>(definition.kind).start_date == local_date{2025, 12, 31}));
}

BOOST_AUTO_TEST_CASE(a_bad_calendar_interval_is_refused) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("start_date": "2026-01-01")", "one of years, months, weeks and days must be more than 0"},
      {R"("days": -1)", "days: expected a whole number, not below 0"},
      {R"("days": 1.5)", "days: expected a whole number"},
      {R"("days": 4294967296)", "days: 4294967296 is more than 4294967295"},
      {R"("days": 1, "hour": 24)", "hour: 24 is more than 23"},
      {R"("days": 1, "minute": 60)", "minute: 60 is more than 59"},
      {R"("days": 1, "second": 60)", "second: 60 is more than 59"},
      {R"("days": 1, "start_date": "2026-02-30")", "start_date: position 1: there is no date 2026-02-30"},
      {R"("days": 1, "start_date": "2026-01-02", "end_date": "2026-01-01")", "end_date lies before start_date"},
      {R"("days": 1, "day_of_week": "mon")", "day_of_week is allowed with weeks only"},
      {R"("weeks": 1, "months": 1, "day_of_week": "mon")", "day_of_week is allowed with weeks only"},
      {R"("weeks": 1, "day_of_week": "monday")", "day_of_week: expected a weekday such as mon"},
      {R"("days": 1, "timezone": "Mars/Olympus")", "timezone: unknown time zone \"Mars/Olympus\""},
      {R"("days": 1, "start_time": "2026-01-01T00:00Z")", "\"start_time\" is unknown"},
  };
  for (const auto& [members, expected] : cases)
    BOOST_TEST(holds(refusal_of(calendar(members)), expected), members << ": " << refusal_of(calendar(members)));
}

BOOST_AUTO_TEST_SUITE_END()
