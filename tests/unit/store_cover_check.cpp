#include "keyed/cover_check.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::keyed;
using namespace std::chrono_literals;

namespace {

timestamp hour(int n) { return timestamp{std::chrono::hours{n}}; }

trigger_definition hourly_trigger(duration offset = 0us) {
  trigger_definition x;
  x.kind = interval_definition{1h, hour(0) + offset, std::nullopt};
  return x;
}

life hourly(int covered_to) {
  return {"hourly", 7, false, false, {{hourly_trigger(), std::nullopt, hour(covered_to), {}}}};
}

skip skip_of(int first, int last) {
  return {"hourly", 7, hour(first), hour(last), {}, skip_reason::misfire, hour(last)};
}

std::vector<std::string> faults_of(life what, decisions found, timestamp from = hour(0)) {
  return check_cover(std::move(what), std::move(found), from).faults;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_cover_check)

BOOST_AUTO_TEST_CASE(a_whole_history_has_no_fault) {
  BOOST_TEST(faults_of(hourly(2), {{hour(2), hour(0), hour(1)}, {}}).empty());
  BOOST_TEST(faults_of(hourly(9), {{hour(9), hour(0)}, {skip_of(1, 8)}}).empty());
  BOOST_TEST(faults_of({"new", 8, false, false, {{hourly_trigger(), {}, {}, {}}}}, {}).empty());
}

BOOST_AUTO_TEST_CASE(what_was_compared_is_counted) {
  auto range = skip_of(1, 8);
  range.count = 8;
  const auto told = check_cover(hourly(9), {{hour(9), hour(0)}, {range}}, hour(0)).what;
  BOOST_TEST(told.id == "hourly");
  BOOST_TEST(told.incarnation == 7U);
  BOOST_TEST(told.eras == 1U);
  BOOST_TEST(told.fire_times == 10U);
  BOOST_TEST(told.jobs == 2U);
  BOOST_TEST(told.skips == 1U);
  BOOST_TEST(told.missing + told.extra == 0U);
  BOOST_TEST(told.first_fault == "");
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_twice_is_named) {
  const auto missing = faults_of(hourly(2), {{hour(0), hour(2)}, {}});
  BOOST_REQUIRE_EQUAL(missing.size(), 1);
  BOOST_TEST(missing[0] ==
             "schedule \"hourly\" (incarnation 7): 1970-01-01T01:00:00.000000Z has neither a job nor a skip");
  BOOST_TEST(faults_of(hourly(2), {{hour(0), hour(1), hour(2)}, {skip_of(1, 1)}}).size() == 1);
  BOOST_TEST(faults_of(hourly(2), {{hour(0)}, {skip_of(1, 2), skip_of(2, 2)}}).size() == 1);
}

BOOST_AUTO_TEST_CASE(what_no_trigger_gives_is_named) {
  const auto between = faults_of(hourly(2), {{hour(0), hour(1), hour(1) + 5min, hour(2)}, {}});
  BOOST_REQUIRE_EQUAL(between.size(), 1);
  BOOST_TEST(between[0].find("01:05:00.000000Z has a job, but the trigger doesn't give it") != std::string::npos);
  BOOST_TEST(faults_of(hourly(2), {{hour(0), hour(1), hour(2), hour(2) - 1us}, {}}).size() == 1);
  BOOST_TEST(faults_of(hourly(3), {{hour(0), hour(1), hour(2), hour(3), hour(4)}, {}}).size() == 1); // not decided yet
  auto beside = skip_of(1, 1);
  beside.first = beside.last = hour(1) + 5min;
  BOOST_TEST(faults_of(hourly(2), {{hour(0), hour(1), hour(2)}, {beside}}).size() == 1);
  const auto counted = check_cover(hourly(2), {{hour(0) + 1us, hour(1), hour(2)}, {}}, hour(0)).what;
  BOOST_TEST(counted.missing == 1U);
  BOOST_TEST(counted.extra == 1U);
  BOOST_TEST(counted.first_fault == "1970-01-01T00:00:00.000000Z has neither a job nor a skip");
}

BOOST_AUTO_TEST_CASE(each_trigger_counts_for_its_own_time) {
  life replaced{"hourly",
                7,
                false,
                false,
                {{hourly_trigger(), std::nullopt, hour(2), {}}, {hourly_trigger(5min), hour(2), hour(4) + 5min, {}}}};
  const decisions whole{{hour(0), hour(1), hour(2), hour(2) + 5min, hour(4) + 5min, hour(3) + 5min}, {}};
  BOOST_TEST(faults_of(replaced, whole).empty());
  BOOST_TEST(check_cover(replaced, whole, hour(0)).what.eras == 2U);
  auto old_rule = whole;
  old_rule.jobs.push_back(hour(3));
  BOOST_TEST(faults_of(replaced, old_rule).size() == 1);
  auto hole = whole;
  hole.jobs.erase(hole.jobs.begin() + 1);
  BOOST_TEST(faults_of(replaced, hole).size() == 1);
}

BOOST_AUTO_TEST_CASE(settings_that_left_the_trigger_alone_are_one_era_with_it) {
  life renamed{"hourly", 7, true, false, {{hourly_trigger(), {}, hour(1), {}}, {hourly_trigger(), {}, hour(3), {}}}};
  const auto told = check_cover(renamed, {{hour(0), hour(1), hour(2), hour(3)}, {}}, hour(0)).what;
  BOOST_TEST(told.eras == 1U);
  BOOST_TEST(told.fire_times == 4U);
  BOOST_TEST(told.first_fault == "");
}

BOOST_AUTO_TEST_CASE(without_any_definition_only_what_was_decided_twice_is_named) {
  const life unknown{"hourly", 7, true, false, {}};
  BOOST_TEST(faults_of(unknown, {{hour(3), hour(0)}, {skip_of(1, 2)}}).empty());
  const auto faults = faults_of(unknown, {{hour(3), hour(2), hour(0)}, {skip_of(5, 7), skip_of(1, 2), skip_of(7, 8)}});
  BOOST_REQUIRE_EQUAL(faults.size(), 2);
  BOOST_TEST(faults[0] == "schedule \"hourly\" (incarnation 7): 1970-01-01T07:00:00.000000Z is skipped twice");
  BOOST_TEST(faults[1] == "schedule \"hourly\" (incarnation 7): 1970-01-01T02:00:00.000000Z has a job and a skip");
}

BOOST_AUTO_TEST_CASE(an_era_whose_times_are_not_known_any_more_is_noted_and_not_compared) {
  auto moved = hourly(5);
  moved.eras[0].not_comparable = "other time-zone data";
  moved.eras.push_back({hourly_trigger(), hour(5), hour(7), {}});
  const auto told = check_cover(moved, {{hour(1) + 7min, hour(6), hour(7)}, {}}, hour(0)).what;
  BOOST_TEST(told.first_fault == "");
  BOOST_TEST(told.note == "other time-zone data");
  BOOST_TEST(told.fire_times == 2U);
}

BOOST_AUTO_TEST_CASE(what_lies_beside_the_eras_of_an_incomplete_life_is_no_fault) {
  auto damaged = hourly(2);
  damaged.eras[0].since = hour(0);
  const decisions found{{hour(0), hour(1), hour(2), hour(5)}, {}};
  BOOST_TEST(faults_of(damaged, found).size() == 2);
  damaged.is_incomplete = true;
  BOOST_TEST(faults_of(damaged, found).empty());
  BOOST_TEST(faults_of(damaged, {{hour(1)}, {}}).size() == 1);
}

BOOST_AUTO_TEST_CASE(only_what_is_still_kept_is_looked_at) {
  BOOST_TEST(faults_of(hourly(5), {{hour(4), hour(5)}, {}}, hour(3) + 1us).empty());
  BOOST_TEST(faults_of(hourly(5), {{hour(5)}, {skip_of(1, 4)}}, hour(3) + 1us).empty());
}

BOOST_AUTO_TEST_CASE(a_long_range_of_skips_is_leapt_over) {
  auto often = hourly(0);
  often.eras[0].trigger.kind = interval_definition{1us, hour(0), std::nullopt};
  often.eras[0].covered_to = hour(1'000); // 3.6e12 fire times
  auto range = skip_of(0, 999);
  range.last = hour(1'000) - 1us;
  BOOST_TEST(faults_of(often, {{hour(1'000)}, {range}}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
