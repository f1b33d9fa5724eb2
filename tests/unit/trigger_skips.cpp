// Section 13: skipping gives what walking gives; and section 1.4: a restart changes nothing.
#include "trigger_making.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

namespace {

const std::vector<std::string> kinds{
    R"({"type": "date", "run_time": "2026-03-29T12:00:00.000007Z"})",
    R"({"type": "interval", "minutes": 7, "microseconds": 3, "start_time": "2026-03-01T00:00:00.5Z", "end_time": "2026-04-20T00:00Z"})",
    R"({"type": "calendar_interval", "days": 2, "hour": 2, "minute": 30, "start_date": "2026-03-01", "timezone": "Europe/Paris"})",
    R"({"type": "calendar_interval", "days": 1, "hour": 2, "minute": 30, "start_date": "2025-10-20", "end_date": "2026-04-05",
        "timezone": "Europe/Paris", "dst": {"gap": "shift", "overlap": "both"}})",
    R"({"type": "calendar_interval", "months": 1, "start_date": "2025-01-31", "timezone": "Asia/Tokyo"})",
    R"({"type": "calendar_interval", "years": 1, "start_date": "2000-02-29", "timezone": "UTC"})",
    R"({"type": "calendar_interval", "months": 1, "days": 3, "hour": 9, "start_date": "2024-01-29", "timezone": "Asia/Tokyo"})",
    R"({"type": "calendar_interval", "weeks": 1, "day_of_week": "sun", "hour": 12, "start_date": "2011-11-01",
        "timezone": "Pacific/Apia", "dst": {"gap": "shift"}})",
    R"({"type": "cron", "fields": {"minute": "*/25"}, "start_time": "2026-03-20T00:00Z", "timezone": "Europe/Paris"})",
    R"({"type": "cron", "fields": {"hour": 2, "minute": 30}, "start_time": "2026-03-20T00:00Z", "timezone": "Europe/Paris",
        "dst": {"gap": "before", "overlap": "last"}})",
    R"({"type": "classic_cron", "expression": "*/20 1-3 13,29 * sun", "start_time": "2026-03-20T00:00Z", "timezone": "Europe/Paris"})",
    R"({"type": "or", "triggers": [
        {"type": "interval", "minutes": 50, "start_time": "2026-03-28T00:00Z"},
        {"type": "cron", "fields": {"hour": "*/3"}, "start_time": "2026-03-28T00:00Z", "end_time": "2026-04-02T00:00Z", "timezone": "Europe/Paris"},
        {"type": "date", "run_time": "2026-03-29T02:20:00Z"}]})",
};

std::vector<timestamp> walk(trigger rule, int count) {
  std::vector<timestamp> times;
  while (static_cast<int>(times.size()) < count) {
    const auto time = rule.next().value();
    if (!time)
      break;
    times.push_back(*time);
  }
  return times;
}

} // namespace

BOOST_AUTO_TEST_SUITE(trigger_skips)

BOOST_DATA_TEST_CASE(skipping_equals_walking, kinds, json) {
  std::mt19937_64 random{7};
  const auto fresh = make_trigger(json);
  const auto times = walk(fresh, 400);
  for (int round = 0; round < 300; ++round) {
    // From a fresh trigger or one in mid-course, to a fire, next to one, or anywhere.
    const auto given = static_cast<int>(random() % 3 == 0 ? 0 : random() % times.size());
    auto rule = fresh;
    for (int i = 0; i < given; ++i)
      BOOST_REQUIRE(rule.next().value().has_value());
    const auto near = times[random() % times.size()];
    const auto offset = random() % 2 == 0
                            ? duration{static_cast<std::int64_t>(random() % 3) - 1}
                            : duration{static_cast<std::int64_t>(random() % 400'000'000'000) - 200'000'000'000};
    const auto target = near + offset;
    BOOST_REQUIRE(rule.skip_to(target));
    if (round % 2 == 0)
      rule = trigger::restore(rule.definition(), rule.cursor()).value();
    std::vector<timestamp> expected;
    for (auto i = static_cast<std::size_t>(given); i < times.size() && expected.size() < 5; ++i)
      if (times[i] >= target)
        expected.push_back(times[i]);
    auto actual = walk(rule, static_cast<int>(std::max<std::size_t>(expected.size(), 1)));
    if (expected.empty() && times.size() == 400)
      continue; // beyond what was walked
    BOOST_REQUIRE_MESSAGE(actual == expected, json << ": after " << given << " to " << to_iso8601(target));
  }
}

BOOST_DATA_TEST_CASE(a_restart_between_any_two_calls_changes_nothing, kinds, json) {
  const auto fresh = make_trigger(json);
  auto rule = fresh;
  for (const auto expected : walk(fresh, 100)) {
    rule = trigger::restore(fresh.definition(), rule.cursor()).value();
    BOOST_REQUIRE((rule.next().value() == expected));
  }
}

BOOST_DATA_TEST_CASE(a_skip_never_goes_back_and_never_beyond_the_end, kinds, json) {
  auto rule = make_trigger(json);
  const auto times = walk(rule, 3);
  BOOST_REQUIRE(rule.skip_to(timestamp::min()));
  BOOST_TEST((walk(rule, 3) == times));
  for (std::size_t i = 0; i < times.size(); ++i)
    BOOST_REQUIRE(rule.next());
  BOOST_REQUIRE(rule.skip_to(times.front()));
  const auto after = rule.next().value();
  BOOST_TEST((!after || *after > times.back()));
  BOOST_REQUIRE(rule.skip_to(timestamp::max()));
  BOOST_TEST(!rule.next().value().has_value());
  BOOST_TEST(!rule.next().value().has_value());
}

BOOST_AUTO_TEST_CASE(an_and_skips_each_part_and_goes_on_from_there) {
  const auto json = R"({"type": "and", "threshold": 60, "triggers": [
    {"type": "interval", "minutes": 10, "start_time": "2026-01-01T00:00:30Z"},
    {"type": "interval", "minutes": 15, "start_time": "2026-01-01T00:01:00Z"}]})";
  auto rule = make_trigger(json);
  BOOST_TEST(fires(rule, 2) == "2026-01-01T00:00:30 2026-01-01T00:30:30");
  BOOST_REQUIRE(rule.skip_to(at("2026-06-01T00:00:31Z")));
  BOOST_TEST(fires(rule, 2) == "2026-06-01T00:30:30 2026-06-01T01:00:30");
  auto fresh = make_trigger(json);
  BOOST_REQUIRE(fresh.skip_to(at("2026-06-01T00:00:30Z")));
  BOOST_TEST(fires(fresh, 2) == "2026-06-01T00:00:30 2026-06-01T00:30:30");
}

BOOST_AUTO_TEST_SUITE_END()
