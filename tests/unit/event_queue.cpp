#include "io/event_queue.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;

namespace {

event numbered(revision number) {
  event what;
  what.number = number;
  what.type = event_type::job_added;
  return what;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_queue)

BOOST_AUTO_TEST_CASE(gives_events_in_order_and_wakes_once) {
  int woken = 0;
  carillon::app::event_queue queue{10, [&] { ++woken; }};
  queue.push(numbered(1));
  queue.push(numbered(2));
  BOOST_TEST(woken == 1);
  const auto taken = queue.take();
  BOOST_TEST_REQUIRE(taken.size() == 2U);
  BOOST_TEST(taken[0].number == 1U);
  BOOST_TEST(taken[1].number == 2U);
  BOOST_TEST(queue.take().empty());
  queue.push(numbered(3));
  BOOST_TEST(woken == 2);
}

BOOST_AUTO_TEST_CASE(says_what_a_slow_consumer_has_lost) {
  carillon::app::event_queue queue{2, [] {}};
  for (revision number = 1; number <= 6; ++number)
    queue.push(numbered(number));
  const auto taken = queue.take();
  BOOST_TEST_REQUIRE(taken.size() == 3U);
  BOOST_TEST((taken[2].type == event_type::events_lost));
  BOOST_TEST(taken[2].number == 3U);
  BOOST_TEST(taken[2].last_lost == 6U);
  queue.push(numbered(7));
  BOOST_TEST(queue.take().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
