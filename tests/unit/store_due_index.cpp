#include "keyed/due_index.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::keyed;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(store_due_index)

BOOST_AUTO_TEST_CASE(gives_what_is_due_earliest_first_and_equal_entries_once) {
  due_index index;
  index.assign({{timestamp{5s}, 1}, {timestamp{3s}, 2}});
  index.add(timestamp{4s}, 3);
  index.add(timestamp{3s}, 2);
  BOOST_TEST((index.next() == timestamp{3s}));
  BOOST_TEST((index.take_due(timestamp{4s})->incarnation == 2));
  BOOST_TEST((index.take_due(timestamp{4s})->incarnation == 3));
  BOOST_TEST(!index.take_due(timestamp{4s}).has_value());
  BOOST_TEST((index.take_due(timestamp{9s})->incarnation == 1));
  BOOST_TEST(!index.next().has_value());
}

BOOST_AUTO_TEST_CASE(says_when_stale_entries_crowd_it) {
  due_index index;
  for (int i = 0; i < 10'000; ++i)
    index.add(timestamp{1s}, 1);
  BOOST_TEST(index.is_crowded(1));
  BOOST_TEST(!index.is_crowded(10'000));
}

BOOST_AUTO_TEST_CASE(a_claim_lasts_its_time_unless_it_is_dropped) {
  claims claimed{10s};
  claimed.add({timestamp{1s}, 1}, 0s);
  claimed.add({timestamp{2s}, 2}, 5s);
  BOOST_TEST(claimed.contains(1));
  BOOST_TEST((claimed.next_end() == 10s));
  claimed.drop(2);
  BOOST_TEST(claimed.expired(10s - 1us).empty());
  const auto ended = claimed.expired(15s);
  BOOST_REQUIRE_EQUAL(ended.size(), 1);
  BOOST_TEST((ended[0] == due_index::entry{timestamp{1s}, 1}));
  BOOST_TEST(!claimed.next_end().has_value());
}

BOOST_AUTO_TEST_CASE(a_claim_that_was_dropped_and_made_again_has_its_own_end) {
  claims claimed{10s};
  claimed.add({timestamp{1s}, 1}, 0s);
  claimed.drop(1);
  claimed.add({timestamp{2s}, 1}, 5s);
  BOOST_TEST(claimed.expired(10s).empty());
  BOOST_TEST(claimed.expired(15s).size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
