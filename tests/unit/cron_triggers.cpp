// Sections 5 and 6.
#include "carillon/trigger/crontab.hpp"
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <chrono>
#include <utility>

using namespace carillon;
using namespace carillon::test;

namespace {

std::string cron(std::string_view fields, std::string_view more = "") {
  return fmt::format(R"({{"type": "cron", "fields": {{{}}}{}}})", fields, more);
}

std::string field_refusal(std::string_view field, std::string_view text) {
  return refusal_of(cron(fmt::format(R"("{}": "{}")", field, text)));
}

/// The first fires of 2026-01-01T00:00Z on, in UTC.
std::string cron_fires(std::string_view fields, int count) { return fires(cron(fields), count); }

} // namespace

BOOST_AUTO_TEST_SUITE(cron_triggers)

BOOST_AUTO_TEST_CASE(a_missing_field_is_everything_above_the_least_significant_one_and_the_smallest_below) {
  BOOST_TEST(cron_fires("", 2) == "2026-01-01T00:00:00 2027-01-01T00:00:00");
  BOOST_TEST(cron_fires(R"("second": 30)", 2) == "2026-01-01T00:00:30 2026-01-01T00:01:30");
  BOOST_TEST(cron_fires(R"("day_of_week": "tue")", 2) == "2026-01-06T00:00:00 2026-01-13T00:00:00");
  BOOST_TEST(cron_fires(R"("week": 2)", 2) == "2026-01-05T00:00:00 2026-01-06T00:00:00");
  BOOST_TEST(cron_fires(R"("year": 2030, "hour": 1)", 2) == "2030-01-01T01:00:00 2030-01-02T01:00:00");
}

BOOST_AUTO_TEST_CASE(a_list_allows_what_any_of_its_members_allows) {
  BOOST_TEST(cron_fires(R"("hour": " 1 , 22-23,6/9 ")", 5) ==
             "2026-01-01T01:00:00 2026-01-01T06:00:00 2026-01-01T15:00:00 2026-01-01T22:00:00 2026-01-01T23:00:00");
  BOOST_TEST(cron_fires(R"("month": "JAN-mar/2,dec", "day": 5)", 3) ==
             "2026-01-05T00:00:00 2026-03-05T00:00:00 2026-12-05T00:00:00");
  BOOST_TEST(cron_fires(R"("day": "LAST Fri,2nd   sun, last", "month": 1)", 4) ==
             "2026-01-11T00:00:00 2026-01-30T00:00:00 2026-01-31T00:00:00 2027-01-10T00:00:00");
}

BOOST_AUTO_TEST_CASE(weekdays_count_from_monday_and_ranges_may_cross_the_end_of_the_week) {
  // 2026-01-05 is a Monday; each letter stands for a day on which the trigger fires.
  const auto week_of = [](std::string_view weekdays) {
    auto rule = make_trigger(cron(fmt::format(R"("day_of_week": "{}")", weekdays),
                                  R"(, "start_time": "2026-01-05T00:00Z", "end_time": "2026-01-11T23:00Z")"));
    std::string days;
    while (const auto time = rule.next().value())
      days += "MTWTFSS"[(*time - at("2026-01-05T00:00Z")) / std::chrono::hours{24}];
    return days;
  };
  const std::pair<const char*, const char*> cases[] = {
      {"*/2", "MWFS"},      {"*/3", "MTS"},  {"*/7", "M"},     {"*/1", "MTWTFSS"}, {"0-7", "MTWTFSS"}, {"0", "S"},
      {"7", "S"},           {"0-3", "MTWS"}, {"5-0", "FSS"},   {"6-1", "MSS"},     {"sat-mon", "MSS"}, {"1-5/2", "MWF"},
      {"mon-fri/2", "MWF"}, {"5-1/2", "FS"}, {"0-6/3", "WSS"}, {"1/3", "MTS"},     {"7-1", "MS"},      {"sun", "S"},
      {"wed-wed", "W"},     {"6,sun", "SS"}, {"0-7/7", "S"},
  };
  for (const auto& [text, expected] : cases)
    BOOST_TEST(week_of(text) == expected, text << " gives " << week_of(text));
}

BOOST_AUTO_TEST_CASE(malformed_fields_are_refused_with_the_position) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"hour", "24", "hour: position 1: 24 is more than 23"},
      {"hour", "1,2,x", "hour: position 5: \"x\" is unknown"},
      {"hour", "", "hour: position 1: an expression is missing"},
      {"hour", "1,,2", "hour: position 3: an expression is missing"},
      {"hour", "1,", "hour: position 3: an expression is missing"},
      {"hour", "5-3", "hour: position 1: the range runs backwards"},
      {"hour", "*/0", "hour: position 3: a step can't be 0"},
      {"hour", "*/24", "hour: position 1: the step 24 is larger than the range, 23"},
      {"hour", "20/4", "hour: position 1: the step 4 is larger"},
      {"hour", "1-5/5", "hour: position 1: the step 5 is larger"},
      {"hour", "3-3/1", "the step 1 is larger"},
      {"hour", "1 - 5", "hour: position 3: expected ',' or the end"},
      {"hour", "1 2", "hour: position 3: expected ','"},
      {"hour", "-1", "hour: position 1"},
      {"hour", "+1", "hour: position 1"},
      {"hour", "1-", "hour: position 3: an expression is missing"},
      {"hour", "1/", "hour: position 3: expected a number"},
      {"hour", "*5", "hour: position 2: expected ','"},
      {"hour", "*-5", "hour: position 2"},
      {"hour", "1-5-7", "hour: position 4"},
      {"hour", "mon", "is unknown"},
      {"hour", "99999999999999999999", "is more than 23"},
      {"year", "1969", "year: position 1: 1969 is less than 1970"},
      {"year", "10000", "is more than 9999"},
      {"month", "0", "0 is less than 1"},
      {"month", "13", "13 is more than 12"},
      {"month", "january", "\"january\" is unknown"},
      {"month", "mar-jan", "runs backwards"},
      {"week", "54", "54 is more than 53"},
      {"week", "0", "0 is less than 1"},
      {"day", "32", "32 is more than 31"},
      {"day", "0", "0 is less than 1"},
      {"day", "6th mon", "position 2: expected ','"},
      {"day", "1st", "position 4: expected a weekday"},
      {"day", "1stmon", "position 2"},
      {"day", "2st mon", "position 2"},
      {"day", "1st monday", "position 5: expected a weekday"},
      {"day", "last monday", "position 6: expected a weekday"},
      {"day", "mon", "is unknown"},
      {"day", "L", "is unknown"},
      {"day", "15W", "position 3"},
      {"day", "?", "position 1"},
      {"day_of_week", "8", "8 is more than 7"},
      {"day_of_week", "monday", "\"monday\" is unknown"},
      {"day_of_week", "5L", "position 2"},
      {"day_of_week", "mon#2", "position 4"},
      {"day_of_week", "?", "position 1"},
      {"day_of_week", "*/8", "the step 8 is larger than the range, 7"},
      {"day_of_week", "1-3/3", "the step 3 is larger"},
      {"minute", "60", "60 is more than 59"},
      {"second", "60", "60 is more than 59"},
      {"second", "1.5", "position 2"},
  };
  for (const auto& [field, text, expected] : cases) {
    const auto refusal = field_refusal(field, text);
    BOOST_TEST(holds(refusal, expected), field << " " << text << ": " << refusal);
    BOOST_TEST(holds(refusal, "invalid_argument: "), refusal);
  }
  BOOST_TEST(holds(field_refusal("hour", std::string(1'001, '1')), "limit_exceeded: "));
  BOOST_TEST(
      holds(refusal_of(cron("", R"(, "timezone": "Mars/Olympus")")), "timezone: unknown time zone \"Mars/Olympus\""));
}

BOOST_AUTO_TEST_CASE(an_impossible_date_finishes_at_once) {
  for (const auto* fields :
       {R"("month": 2, "day": 30)", R"("month": "6,11", "day": 31)", R"("year": 2025)",
        R"("year": 2027, "month": 2, "day": 29)", R"("week": 53, "month": 6)",
        R"("month": 2, "day": "5th mon", "year": 2026)", R"("day": "1-7", "week": 53, "month": "2-11")"})
    BOOST_TEST(cron_fires(fields, 1) == "nothing", fields);
}

BOOST_AUTO_TEST_CASE(times_that_always_lie_in_a_gap_finish_at_once) {
  const auto paris = [](std::string_view fields) {
    return fires(cron(fields, R"(, "timezone": "Europe/Paris", "start_time": "2026-01-01T00:00Z")"), 1);
  };
  BOOST_TEST(paris(R"("month": 3, "day": "last sun", "hour": 2, "minute": "*", "second": "*")") == "nothing");
  BOOST_TEST(paris(R"("year": "1970-9998", "month": 3, "day": "last sun", "hour": 2, "minute": 30)") == "nothing");
  BOOST_TEST(paris(R"("year": "2026,9027", "month": 3, "day": 29, "hour": 2, "minute": 30)") == "9027-03-29T00:30:00");
}

BOOST_AUTO_TEST_CASE(rare_dates_are_found) {
  BOOST_TEST(cron_fires(R"("month": 2, "day": "5th mon")", 3) ==
             "2044-02-29T00:00:00 2072-02-29T00:00:00 2112-02-29T00:00:00");
  BOOST_TEST(cron_fires(R"("year": "2100-2500", "month": 2, "day": 29, "day_of_week": "sun", "second": 59)", 2) ==
             "2128-02-29T00:00:59 2128-02-29T00:01:59");
  BOOST_TEST(cron_fires(R"("year": 9999, "month": 12, "day": 31, "hour": 23, "minute": 59, "second": 58)", 2) ==
             "9999-12-31T23:59:58 nothing");
}

BOOST_AUTO_TEST_CASE(the_year_9999_is_the_last_in_local_time_and_in_utc) {
  const auto last = [](const char* zone_name) {
    return fires(cron(R"("year": 9999, "month": 12, "day": 31, "hour": "*/6")",
                      fmt::format(R"(, "timezone": "{}", "start_time": "9999-12-31T12:00Z")", zone_name)),
                 9);
  };
  BOOST_TEST(last("UTC") == "9999-12-31T12:00:00 9999-12-31T18:00:00 nothing");
  BOOST_TEST(last("Asia/Tokyo") == "nothing"); // 18:00 there was 09:00Z
  BOOST_TEST(last("America/Bogota") == "9999-12-31T17:00:00 9999-12-31T23:00:00 nothing");
}

BOOST_AUTO_TEST_CASE(a_fraction_of_a_second_in_the_start_moves_it_up) {
  BOOST_TEST(fires(cron(R"("second": "*")", R"(, "start_time": "2026-01-01T00:00:00.000001Z")"), 1) ==
             "2026-01-01T00:00:01");
  BOOST_TEST(fires(cron(R"("second": "*")", R"(, "start_time": "1960-01-01T00:00:00Z")"), 1) == "1970-01-01T00:00:00");
}

BOOST_AUTO_TEST_CASE(an_end_before_the_start_finishes_at_once) {
  BOOST_TEST(fires(cron(R"("second": "*")", R"(, "end_time": "2025-12-31T23:59:59Z")"), 1) == "nothing");
  BOOST_TEST(fires(cron(R"("second": "*")", R"(, "end_time": "2026-01-01T00:00:00.5Z")"), 2) ==
             "2026-01-01T00:00:00 nothing");
}

BOOST_AUTO_TEST_CASE(a_start_without_offset_is_a_local_time_of_the_trigger) {
  const auto first = [](const char* start) {
    return fires(cron(R"("second": "*")", fmt::format(R"(, "timezone": "Europe/Paris", "start_time": "{}")", start)),
                 1);
  };
  BOOST_TEST(first("2026-07-01T12:00:00") == "2026-07-01T10:00:00");
  BOOST_TEST(first("2026-10-25T02:30:00") == "2026-10-25T00:30:00", "first pass");
  BOOST_TEST(holds(refusal_of(cron("", R"(, "timezone": "Europe/Paris", "start_time": "2026-03-29T02:30:00")")),
                   "start_time: 2026-03-29T02:30:00 doesn't exist in Europe/Paris"));
}

BOOST_AUTO_TEST_CASE(an_overlap_into_the_day_before_fires_in_both_passes) {
  BOOST_TEST(fires(cron(R"("hour": 23, "minute": "*/30")",
                        R"(, "timezone": "America/Sao_Paulo", "start_time": "2018-02-17T23:00-02:00")"),
                   5) ==
             "2018-02-18T01:00:00 2018-02-18T01:30:00 2018-02-18T02:00:00 2018-02-18T02:30:00 2018-02-19T02:00:00");
}

BOOST_AUTO_TEST_CASE(a_dropped_day_has_no_fires) {
  BOOST_TEST(fires(cron(R"("hour": 12)", R"(, "timezone": "Pacific/Apia", "start_time": "2011-12-29T00:00-10:00")"),
                   2) == "2011-12-29T22:00:00 2011-12-30T22:00:00"); // the 29th and the 31st
}

BOOST_AUTO_TEST_CASE(five_fields_are_read_with_the_position_in_the_whole_text) {
  const auto fields = parse_crontab_fields(" */5\t1-3  last  *  mon ").value();
  BOOST_TEST((fields.minute == "*/5" && fields.hour == "1-3" && fields.day == "last" && fields.day_of_week == "mon"));
  BOOST_TEST((!fields.second && !fields.year && !fields.week));
  const std::pair<const char*, const char*> cases[] = {
      {"0 8 * *", "position 8: expected 5 members"},
      {"", "position 1: expected 5 members"},
      {"0 8 * * * 2026", "position 11: expected 5 members"},
      {"@daily", "expected 5 members"},
      {"0 25 * * *", "hour: position 3: 25 is more than 23"},
      {"0 8 * * 5-8", "day_of_week: position 11: 8 is more than 7"},
  };
  for (const auto& [text, expected] : cases) {
    const auto refusal = parse_crontab_fields(text).err().text();
    BOOST_TEST(holds(refusal, expected), text << ": " << refusal);
  }
}

BOOST_AUTO_TEST_SUITE_END()
