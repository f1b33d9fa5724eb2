#include "keyed/clock_steps.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::keyed;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{std::chrono::seconds{1'790'000'000}};

clock_reading after(duration wall, duration boot) { return {start + wall, 1h + boot}; }

schedule_state decided_to(duration covered_to, duration next) {
  schedule_state state;
  state.covered_to = start + covered_to;
  state.next_fire_time = start + next;
  return state;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_clock_steps)

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_is_told_from_one_that_ran_on) {
  const auto before = after(0s, 0s);
  BOOST_TEST((find_clock_step(before, after(10s, 10s)) == std::nullopt));
  BOOST_TEST((find_clock_step(before, after(3610s, 10s)) == 1h));
  BOOST_TEST((find_clock_step(before, after(-3590s, 10s)) == -1h));
  BOOST_TEST((find_clock_step(before, after(12s, 10s)) == 2s));
  BOOST_TEST((find_clock_step(before, after(-2s, 0s)) == -2s));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_slewed_or_read_late_was_not_set) {
  const auto before = after(0s, 0s);
  BOOST_TEST((find_clock_step(before, after(10'900ms, 10s)) == std::nullopt));
  // A day at 500 parts in a million: 43 seconds.
  BOOST_TEST((find_clock_step(before, after(24h + 43s, 24h)) == std::nullopt));
  BOOST_TEST((find_clock_step(before, after(24h - 43s, 24h)) == std::nullopt));
  BOOST_TEST((find_clock_step(before, after(24h + 100s, 24h)) == 100s));
}

BOOST_AUTO_TEST_CASE(a_machine_that_slept_is_told_from_one_that_did_not) {
  auto before = after(0s, 0s);
  before.asleep = 3h;
  auto now = after(10h, 10h);
  now.asleep = 3h + 400ms;
  BOOST_TEST((find_sleep(before, now) == std::nullopt));
  now.asleep = 11h;
  BOOST_TEST((find_sleep(before, now) == 8h));
  BOOST_TEST((find_clock_step(before, now) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_step_is_told_in_words) {
  BOOST_TEST(describe_clock_step(1h) == "set ahead by 1h");
  BOOST_TEST(describe_clock_step(-90s) == "set back by 1m30s");
  BOOST_TEST(describe_clock_step(duration{2'000'123}) == "set ahead by 2s");
}

BOOST_AUTO_TEST_CASE(a_schedule_is_silent_too_long_if_it_waits_longer_for_the_clock_than_for_its_next_time) {
  BOOST_TEST(!is_silent_too_long(decided_to(-5s, 5s), start));
  BOOST_TEST(!is_silent_too_long(decided_to(0s, 10s), start));
  BOOST_TEST(!is_silent_too_long(decided_to(10s, 20s), start));
  BOOST_TEST(is_silent_too_long(decided_to(11s, 21s), start));
  BOOST_TEST(!is_silent_too_long(decided_to(1h, 25h), start)); // daily, and the clock was set back by an hour
  BOOST_TEST(is_silent_too_long(decided_to(87'600h, 87'624h), start));
  BOOST_TEST(!is_silent_too_long({}, start));
  auto last = decided_to(1h, 2h);
  last.next_fire_time.reset();
  BOOST_TEST(!is_silent_too_long(last, start));
}

BOOST_AUTO_TEST_CASE(a_wait_that_began_in_the_future_begins_now) {
  BOOST_TEST((wait_again(start + 5min, start, start) == start + 5min));
  BOOST_TEST((wait_again(start + 5min, start - 1h, start) == start + 5min));
  BOOST_TEST((wait_again(start + 10h + 5min, start + 10h, start) == start + 5min));
  BOOST_TEST((wait_again(start + 9h, start + 10h, start) == start)); // its time had come
  job failed;
  failed.created_at = start;
  BOOST_TEST((waits_since(failed) == start));
  failed.started_at = start + 1h;
  BOOST_TEST((waits_since(failed) == start + 1h));
}

BOOST_AUTO_TEST_CASE(nothing_is_concluded_from_a_clock_that_begins_in_1970) {
  const timestamp begin{60s};
  BOOST_TEST(!is_plausible(begin));
  BOOST_TEST(!is_silent_too_long(decided_to(0s, 10s), begin));
  BOOST_TEST((wait_again(start + 5min, start, begin) == start + 5min));
}

BOOST_AUTO_TEST_SUITE_END()
