#include "keyed/cover_check.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::keyed;
using namespace std::chrono_literals;

namespace {

timestamp hour(int n) { return timestamp{std::chrono::hours{n}}; }

schedule hourly(int covered_to) {
  schedule x;
  x.definition.id = "hourly";
  x.definition.trigger.kind = interval_definition{1h, hour(0), std::nullopt};
  x.state.incarnation = 7;
  x.state.covered_to = hour(covered_to);
  return x;
}

skip skip_of(int first, int last) {
  return {"hourly", 7, hour(first), hour(last), {}, skip_reason::misfire, hour(last)};
}

std::vector<std::string> faults_of(const schedule& what, decisions found, timestamp from = hour(0)) {
  std::vector<std::string> faults;
  check_cover(what, std::move(found), from, faults);
  return faults;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_cover_check)

BOOST_AUTO_TEST_CASE(a_whole_history_has_no_fault) {
  BOOST_TEST(faults_of(hourly(2), {{hour(2), hour(0), hour(1)}, {}}).empty());
  BOOST_TEST(faults_of(hourly(9), {{hour(9), hour(0)}, {skip_of(1, 8)}}).empty());
  BOOST_TEST(faults_of(hourly(3), {{hour(0), hour(1), hour(2), hour(3), hour(4)}, {}}).empty()); // one decided since
  BOOST_TEST(faults_of(schedule{}, {}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_twice_is_named) {
  const auto missing = faults_of(hourly(2), {{hour(0), hour(2)}, {}});
  BOOST_REQUIRE_EQUAL(missing.size(), 1);
  BOOST_TEST(missing[0].find("1970-01-01T01:00:00.000000Z has neither") != std::string::npos);
  BOOST_TEST(faults_of(hourly(2), {{hour(0), hour(1), hour(2)}, {skip_of(1, 1)}}).size() == 1);
  BOOST_TEST(faults_of(hourly(2), {{hour(0)}, {skip_of(1, 2), skip_of(2, 2)}}).size() == 1);
  BOOST_TEST(faults_of(hourly(2), {{hour(0), hour(1), hour(1) + 5min, hour(2)}, {}}).size() == 1);
  BOOST_TEST(faults_of(hourly(2), {{hour(0), hour(1), hour(2), hour(2) - 1us}, {}}).size() == 1);
}

BOOST_AUTO_TEST_CASE(what_a_removed_schedule_decided_twice_is_named) {
  std::vector<std::string> faults;
  decisions whole{{hour(3), hour(0)}, {skip_of(1, 2)}, "hourly"};
  check_decided_once(7, whole, faults);
  BOOST_TEST(faults.empty());
  decisions broken{{hour(3), hour(2), hour(0)}, {skip_of(5, 7), skip_of(1, 2), skip_of(7, 8)}, "hourly"};
  check_decided_once(7, broken, faults);
  BOOST_REQUIRE_EQUAL(faults.size(), 2);
  BOOST_TEST(faults[0] == "schedule \"hourly\" (incarnation 7): 1970-01-01T07:00:00.000000Z is skipped twice");
  BOOST_TEST(faults[1] == "schedule \"hourly\" (incarnation 7): 1970-01-01T02:00:00.000000Z has a job and a skip");
}

BOOST_AUTO_TEST_CASE(only_what_is_still_kept_and_of_this_trigger_is_looked_at) {
  BOOST_TEST(faults_of(hourly(5), {{hour(4), hour(5)}, {}}, hour(3) + 1us).empty());
  auto replaced = hourly(5);
  replaced.state.trigger_since = hour(4);
  BOOST_TEST(faults_of(replaced, {{hour(0) + 7min, hour(5)}, {}}).empty());
}

BOOST_AUTO_TEST_CASE(a_long_range_of_skips_is_leapt_over) {
  auto often = hourly(0);
  often.definition.trigger.kind = interval_definition{1us, hour(0), std::nullopt};
  often.state.covered_to = hour(1'000); // 3.6e12 fire times
  auto range = skip_of(0, 999);
  range.last = hour(1'000) - 1us;
  BOOST_TEST(faults_of(often, {{hour(1'000)}, {range}}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
