#include "keyed/rate_table.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::keyed;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(rate_table)

BOOST_AUTO_TEST_CASE(a_span_begins_anywhere) {
  keyed::rate_table rates;
  const start_rate rate{2, 10s};
  const auto starts_at = [&](duration at) {
    const bool has_room = rates.has_room("mail", rate, at);
    if (has_room)
      rates.note_start("mail", rate, at);
    return has_room;
  };
  BOOST_TEST(starts_at(1s));
  BOOST_TEST(starts_at(9s));
  BOOST_TEST(!starts_at(10s));
  BOOST_TEST((rates.next_opening() == 11s));
  BOOST_TEST(rates.take_opened(11s - 1us).empty());
  BOOST_TEST((rates.next_opening() == 11s));
  BOOST_TEST(rates.take_opened(11s).empty()); // a task has no number
  BOOST_TEST(!rates.next_opening());
  BOOST_TEST(starts_at(11s));
  BOOST_TEST(!starts_at(18s));
  BOOST_TEST((rates.next_opening() == 19s));
}

BOOST_AUTO_TEST_CASE(several_at_one_instant_leave_together) {
  keyed::rate_table rates;
  const rate_limit rate{"host", {3, 10s}};
  const auto number = rates.acquire(rate);
  for (int n = 0; n < 3; ++n)
    rates.note_start(number, 5s);
  BOOST_TEST(!rates.has_room(number, 6s));
  BOOST_TEST((rates.take_opened(15s) == std::vector{number}));
  for (int n = 0; n < 3; ++n) {
    BOOST_TEST(rates.has_room(number, 15s));
    rates.note_start(number, 15s);
  }
  BOOST_TEST(!rates.has_room(number, 15s));
}

BOOST_AUTO_TEST_CASE(each_rate_of_a_key_has_a_number_while_a_job_has_it) {
  keyed::rate_table rates;
  const rate_limit fast{"host", {5, 1s}};
  const rate_limit slow{"host", {1, 1s}};
  const auto a = rates.acquire(fast);
  const auto b = rates.acquire(slow);
  BOOST_TEST(a != b);
  BOOST_TEST(rates.acquire(fast) == a);
  rates.note_start(a, 1s);
  BOOST_TEST(rates.has_room(a, 1s));
  BOOST_TEST(!rates.has_room(b, 1s)); // they look at the same attempts
  rates.release(a);
  BOOST_TEST(rates.find(fast) == a);
  rates.release(a);
  BOOST_TEST(rates.find(fast) == 0U);
  rates.release(b);
  BOOST_TEST(!rates.next_opening()); // nobody waits any more
}

BOOST_AUTO_TEST_CASE(a_long_rate_that_waits_sees_what_begins_by_a_short_one) {
  keyed::rate_table rates;
  const auto often = rates.acquire({"host", {10, 1s}});
  for (int n = 0; n < 10; ++n)
    rates.note_start(often, 0s);
  const auto rarely = rates.acquire({"host", {5, 1h}});
  BOOST_TEST(!rates.has_room(rarely, 500ms));
  rates.note_start(often, 2s);
  BOOST_TEST((rates.next_opening() == 1h));
  BOOST_TEST(!rates.has_room(rarely, 1h - 1us));
  BOOST_TEST(rates.has_room(rarely, 1h));
  // A task's rate, which its jobs don't bring with them.
  for (int n = 0; n < 10; ++n)
    rates.note_start("mail", {10, 1s}, 0s);
  BOOST_TEST(!rates.has_room("mail", {5, 1h}, 500ms));
  rates.note_start("mail", {10, 1s}, 2s);
  BOOST_TEST(!rates.has_room("mail", {5, 1h}, 3s));
  BOOST_TEST((rates.next_opening() == 1h));
}

BOOST_AUTO_TEST_CASE(no_more_starts_are_kept_than_any_rate_allows) {
  keyed::rate_table rates;
  const auto slow = rates.acquire({"host", {2, 24h}});
  const auto often = rates.acquire({"host", {10'000, 1s}});
  for (int n = 0; n < 100'000; ++n)
    rates.note_start(often, n * 1ms);
  BOOST_TEST(rates.has_room(often, 99'999ms)); // 1,000 within its second
  BOOST_TEST(!rates.has_room(slow, 100s));
  BOOST_TEST((rates.next_opening() == 99'998ms + 24h));
}

BOOST_AUTO_TEST_CASE(what_is_recorded_counts_after_a_start_by_the_wall_clock) {
  keyed::rate_table before;
  const rate_limit rate{"host", {4, 1h}};
  const auto number = before.acquire(rate);
  for (int n = 0; n < 3; ++n)
    before.note_start(number, 10h);
  write_batch writes;
  const timestamp wall{1'000h};
  before.flush(writes, {wall, 10h}, 7);
  BOOST_TEST_REQUIRE(writes.size() == 1U);

  keyed::rate_table after;
  const std::string key = std::string{"khost"} + '\0' + std::string(8, '\7');
  BOOST_TEST(after.load(key, wall, 3, wall + 1h));
  BOOST_TEST(!after.load("x", wall, 3, wall + 1h));
  after.begin({wall + 30min, 5min}); // the machine was started anew
  const auto again = after.acquire(rate);
  BOOST_TEST(after.has_room(again, 5min));
  after.note_start(again, 5min);
  BOOST_TEST(!after.has_room(again, 5min));
  BOOST_TEST((after.next_opening() == 35min));
}

BOOST_AUTO_TEST_SUITE_END()
