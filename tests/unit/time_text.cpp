#include "carillon/base/time.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

timestamp at(std::int64_t microseconds) { return timestamp{duration{microseconds}}; }

std::string refusal(const auto& outcome) { return outcome ? "accepted" : to_string(outcome.err()); }

} // namespace

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(an_instant_is_written_in_utc_with_six_digits) {
  BOOST_TEST(to_iso8601(at(0)) == "1970-01-01T00:00:00.000000Z");
  BOOST_TEST(to_iso8601(at(-1)) == "1969-12-31T23:59:59.999999Z");
  BOOST_TEST(to_iso8601(at(1'774'746'000'000'042)) == "2026-03-29T01:00:00.000042Z");
  BOOST_TEST(to_iso8601(at(253'402'300'799'999'999)) == "9999-12-31T23:59:59.999999Z");
  BOOST_TEST(to_iso8601(at(-62'135'596'800'000'000)) == "0001-01-01T00:00:00.000000Z");
  BOOST_TEST(to_iso8601(timestamp::max()) == "294247-01-10T04:00:54.775807Z");
  BOOST_TEST(to_iso8601(timestamp::min()) == "-290308-12-21T19:59:05.224192Z");
}

BOOST_AUTO_TEST_CASE(an_instant_is_read_with_any_offset) {
  for (const auto* text : {"2026-03-29T01:00:00Z", "2026-03-29 01:00Z", "2026-03-29T03:00:00.000+02:00",
                           "2026-03-28T19:30:00.000000-05:30", "2026-03-29T10:00:00+09"})
    BOOST_TEST((parse_iso8601(text).value() == at(1'774'746'000'000'000)), text);
  BOOST_TEST((parse_iso8601("1969-12-31T23:59:59.5Z").value() == at(-500'000)));
}

BOOST_AUTO_TEST_CASE(an_instant_is_read_back_from_its_text) {
  for (const std::int64_t when : {0L, -1L, 1'774'746'000'000'042L, 253'402'300'799'999'999L, -62'135'596'800'000'000L})
    BOOST_TEST((parse_iso8601(to_iso8601(at(when))).value() == at(when)));
}

BOOST_AUTO_TEST_CASE(a_bad_instant_is_refused_with_the_position) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "position 1: expected a year"},
      {"26-03-29", "position 1: expected a year"},
      {"2026-02-29T00:00Z", "position 1: there is no date 2026-02-29"},
      {"0000-01-01T00:00Z", "position 1: there is no date"},
      {"2026-03-29", "position 11: expected 'T'"},
      {"2026-03-29T24:00Z", "position 12: the hour is at most 23"},
      {"2026-03-29T01:60Z", "position 15: the minute is at most 59"},
      {"2026-03-29T01:00:60Z", "position 18: the second is at most 59"},
      {"2026-03-29T01:00:00.1234567Z", "position 21: expected one to six digits"},
      {"2026-03-29T01:00:00", "position 20: the offset is missing"},
      {"2026-03-29T01:00:00+0200", "position 23: expected the end"},
      {"2026-03-29T01:00:00Zx", "position 21: expected the end"},
  };
  for (const auto& [text, expected] : cases)
    BOOST_TEST(refusal(parse_iso8601(text)).find(expected) != std::string::npos,
               text << ": " << refusal(parse_iso8601(text)));
}

BOOST_AUTO_TEST_CASE(a_length_is_read_as_people_write_it) {
  const std::pair<const char*, duration> cases[] = {
      {"500ms", 500ms}, {"5s", 5s},         {"1.5h", 90min}, {"2d", 48h},          {"1w", 168h},  {"1h30m", 90min},
      {"0s", 0s},       {"0.000001s", 1us}, {"7us", 7us},    {"1.000000000s", 1s}, {"0.25d", 6h}, {"1m1m", 2min},
  };
  for (const auto& [text, expected] : cases)
    BOOST_TEST((parse_duration(text).value() == expected), text);
}

BOOST_AUTO_TEST_CASE(a_bad_length_is_refused_with_the_position) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "position 1: expected a number"},   {"5", "position 2: expected a unit"},
      {"5 s", "position 2: expected a unit"},  {"1h30", "position 5: expected a unit"},
      {"1.h", "position 3: expected a digit"}, {"-5s", "position 1: expected a number"},
      {"5sec", "position 2: expected a unit"}, {"0.0000001s", "position 1: finer than a microsecond"},
      {"0.5us", "position 1: finer than"},     {"99999999999999999999999s", "position 1: more than 10,000 years"},
      {"6000000d", "more than 10,000 years"},  {"3000000d3000000d", "more than 10,000 years"},
  };
  for (const auto& [text, expected] : cases)
    BOOST_TEST(refusal(parse_duration(text)).find(expected) != std::string::npos,
               text << ": " << refusal(parse_duration(text)));
}

BOOST_AUTO_TEST_CASE(a_length_is_written_with_the_largest_units) {
  const std::pair<duration, const char*> cases[] = {
      {0s, "0s"},   {90min, "1h30m"}, {5s, "5s"},   {1500ms, "1s500ms"},
      {336h, "2w"}, {240h, "10d"},    {1us, "1us"}, {-5s, "-5s"},
  };
  for (const auto& [length, expected] : cases)
    BOOST_TEST(to_text(length) == expected);
  for (const duration length : {duration{1}, duration{123'456'789'012'345}, duration{std::chrono::years{10'000}}})
    BOOST_TEST((parse_duration(to_text(length)).value() == length));
}

BOOST_AUTO_TEST_SUITE_END()
