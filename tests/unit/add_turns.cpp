#include "engine/add_turns.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

/// All slots are taken, and so many jobs that are ready wait for one.
engine::add_turns behind(std::size_t waiting) {
  engine::add_turns turns;
  turns.on_added(waiting);
  turns.on_committed(0, 0s);
  return turns;
}

} // namespace

BOOST_AUTO_TEST_SUITE(add_turns)

BOOST_AUTO_TEST_CASE(while_nothing_ends_everything_is_added_at_once) {
  auto turns = behind(1'000'000);
  BOOST_TEST(turns.may_add(0s, 0s));
  turns.on_added(1'000);
  BOOST_TEST(turns.may_add(0s, 0s));
  BOOST_TEST(turns.added() == 1'000u);
}

BOOST_AUTO_TEST_CASE(beside_ends_as_many_are_added_as_end) {
  auto turns = behind(0);
  turns.on_ends(100, 1s);
  turns.on_added(60);
  BOOST_TEST(turns.may_add(1s, 1s));
  turns.on_added(60);
  BOOST_TEST(!turns.may_add(1s, 1s));
}

BOOST_AUTO_TEST_CASE(what_was_added_above_that_is_made_up_for) {
  auto turns = behind(0);
  turns.on_ends(100, 1s);
  turns.on_added(300);
  turns.on_committed(0, 1s + 5ms);
  turns.on_ends(300, 1s + 6ms); // 200 of the slots are for those that wait
  turns.on_added(99);
  BOOST_TEST(turns.may_add(1s + 6ms, 1s + 6ms));
  turns.on_added(51); // half as many as have ended
  BOOST_TEST(!turns.may_add(1s + 6ms, 1s + 6ms));
}

BOOST_AUTO_TEST_CASE(beside_a_long_line_half_as_many_are_added_as_end) {
  auto turns = behind(1'000'000);
  turns.on_ends(100, 1s);
  turns.on_added(49);
  BOOST_TEST(turns.may_add(1s, 1s));
  turns.on_added(1);
  BOOST_TEST(!turns.may_add(1s, 1s));
}

BOOST_AUTO_TEST_CASE(requests_for_more_than_a_share_make_up_for_it) {
  auto turns = behind(1'000'000);
  std::size_t added = 0;
  for (int batch = 0; batch < 100; ++batch) {
    turns.on_ends(500, 1s);
    for (; turns.may_add(1s, 1s); added += 500)
      turns.on_added(500);
    turns.on_committed(0, 1s + 1ms);
  }
  BOOST_TEST(added == 100u * 500 / 2);
}

// What had room, and what other requests took along, isn't held against those that come when a line has begun; nor is a time without
// adds saved up for later.
BOOST_AUTO_TEST_CASE(a_share_is_of_the_last_batches_only) {
  engine::add_turns turns;
  turns.on_committed(1'000, 0s);
  for (int batch = 0; batch < 1'000; ++batch) {
    turns.on_ends(1'000, 1s);
    turns.on_added(1'000);
    turns.on_committed(0, 1s);
  }
  turns.on_ends(1, 1s);
  turns.on_added(100'000); // for another request
  turns.on_committed(0, 1s);
  turns.on_ends(2'001, 1s);
  BOOST_TEST(turns.may_add(1s, 1s));

  auto idle = behind(1'000'000);
  for (int batch = 0; batch < 10; ++batch) {
    idle.on_ends(1'000, 1s);
    idle.on_committed(0, 1s + 5ms);
  }
  idle.on_ends(10, 1s);
  idle.on_added(5);
  BOOST_TEST(!idle.may_add(1s, 1s));
}

BOOST_AUTO_TEST_CASE(free_slots_are_filled) {
  auto turns = behind(1'000'000);
  turns.on_committed(30, 0s); // so nothing waits
  turns.on_ends(10, 1s);
  turns.on_added(39);
  BOOST_TEST(turns.may_add(1s, 1s));
  turns.on_added(1);
  BOOST_TEST(!turns.may_add(1s, 1s));
}

BOOST_AUTO_TEST_CASE(after_a_batch_with_ends_it_rests_for_as_long_as_that_took) {
  auto turns = behind(0);
  turns.on_ends(10, 1s);
  turns.on_ends(10, 1s + 2ms);
  turns.on_added(20);
  turns.on_committed(0, 1s + 5ms);
  BOOST_TEST((turns.rest(1s + 7ms) == 3ms));
  BOOST_TEST(!turns.may_add(1s + 10ms - 1us, 1s + 10ms - 1us));
  BOOST_TEST((turns.rest(1s + 10ms) == 0s));
  BOOST_TEST(turns.may_add(1s + 10ms, 1s + 10ms));
  turns.on_committed(0, 1s + 20ms); // without ends
  BOOST_TEST(turns.may_add(1s + 20ms, 1s + 20ms));
}

BOOST_AUTO_TEST_CASE(a_small_batch_ends_no_rest) {
  auto turns = behind(0);
  turns.on_ends(1'000, 1s);
  turns.on_added(1'000);
  turns.on_committed(0, 1s + 5ms);
  turns.on_ends(1, 1s + 6ms);
  turns.on_added(2);
  turns.on_committed(0, 1s + 6ms);
  BOOST_TEST((turns.rest(1s + 6ms) == 4ms));
}

BOOST_AUTO_TEST_CASE(a_batch_that_the_disk_held_up_keeps_nobody_waiting) {
  auto turns = behind(0);
  turns.on_ends(10, 1s);
  turns.on_added(10);
  turns.on_committed(0, 1h);
  BOOST_TEST((turns.rest(1h) == 20ms));
}

BOOST_AUTO_TEST_CASE(nothing_waits_for_longer_than_a_second) {
  auto turns = behind(1'000'000);
  turns.on_ends(10, 5s);
  turns.on_added(10);
  BOOST_TEST(!turns.may_add(4s + 1us, 5s));
  BOOST_TEST(turns.may_add(4s, 5s));
}

BOOST_AUTO_TEST_CASE(without_executors_nothing_is_waited_for) {
  auto turns = behind(0);
  turns.on_ends(10, 1s);
  turns.on_added(10);
  turns.on_committed(std::nullopt, 1s + 5ms);
  BOOST_TEST(turns.may_add(1s + 5ms, 1s + 5ms));
}

BOOST_AUTO_TEST_SUITE_END()
