#include "engine/event_log.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

namespace {

event numbered(revision number, event_type type = event_type::job_added) {
  event what;
  what.number = number;
  what.type = type;
  return what;
}

void append(engine::event_log& log, revision first, revision last) {
  for (auto number = first; number <= last; ++number)
    log.append({numbered(number)});
}

std::vector<revision> numbers(const std::vector<event>& events) {
  std::vector<revision> all;
  for (const auto& what : events)
    all.push_back(what.number);
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_log)

BOOST_AUTO_TEST_CASE(a_subscriber_gets_what_comes_after_it) {
  engine::event_log log;
  append(log, 1, 3);
  log.subscribe(1, {}, std::nullopt);
  BOOST_TEST(log.take_deliveries().empty());
  append(log, 4, 5);
  const auto deliveries = log.take_deliveries();
  BOOST_REQUIRE(deliveries.size() == 1u);
  BOOST_TEST(numbers(deliveries[0].events) == (std::vector<revision>{4, 5}), boost::test_tools::per_element());
  BOOST_TEST(log.take_deliveries().empty());
}

BOOST_AUTO_TEST_CASE(since_replays_what_is_kept) {
  engine::event_log log;
  append(log, 1, 5);
  log.subscribe(1, {}, 3);
  BOOST_TEST(numbers(log.take_deliveries().at(0).events) == (std::vector<revision>{4, 5}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_gone_shows_as_one_events_lost) {
  engine::event_log log{4};
  append(log, 1, 10);
  log.subscribe(1, {}, 2);
  const auto events = log.take_deliveries().at(0).events;
  BOOST_REQUIRE(events.size() == 5u);
  BOOST_TEST((events[0].type == event_type::events_lost));
  BOOST_TEST(events[0].number == 3u);
  BOOST_TEST(events[0].last_lost == 6u);
  BOOST_TEST(events[1].number == 7u);
}

BOOST_AUTO_TEST_CASE(what_an_earlier_process_published_is_lost) {
  engine::event_log log;
  log.subscribe(1, {}, 7);
  append(log, 1'000, 1'001);
  const auto events = log.take_deliveries().at(0).events;
  BOOST_REQUIRE(events.size() == 3u);
  BOOST_TEST((events[0].type == event_type::events_lost));
  BOOST_TEST(events[0].number == 8u);
  BOOST_TEST(events[0].last_lost == 999u);
  BOOST_TEST((log.read({}, {10, "7"})->items.at(0).type == event_type::events_lost));
}

BOOST_AUTO_TEST_CASE(a_slow_subscriber_gets_no_more_than_its_window_and_learns_what_it_missed) {
  engine::event_log log{4, 2};
  log.subscribe(1, {}, std::nullopt);
  append(log, 1, 3);
  BOOST_TEST(log.take_deliveries().at(0).events.size() == 2u);
  append(log, 4, 20);
  BOOST_TEST(log.take_deliveries().empty());
  log.acknowledge(1, 2);
  const auto events = log.take_deliveries().at(0).events;
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST((events[0].type == event_type::events_lost));
  BOOST_TEST(events[0].number == 3u);
  BOOST_TEST(events[0].last_lost == 16u);
  BOOST_TEST(events[1].number == 17u);
}

BOOST_AUTO_TEST_CASE(what_a_slow_subscriber_misses_of_a_transition_that_it_has_begun_counts_as_missed) {
  engine::event_log log{4, 2};
  append(log, 1, 6);
  log.subscribe(1, {}, std::nullopt);
  log.append({numbered(7), numbered(8), numbered(8), numbered(8)});
  BOOST_TEST(numbers(log.take_deliveries().at(0).events) == (std::vector<revision>{7, 8}),
             boost::test_tools::per_element());
  append(log, 9, 9); // of 8, two are still there
  append(log, 10, 12);
  log.acknowledge(1, 2);
  const auto events = log.take_deliveries().at(0).events;
  BOOST_TEST((events[0].type == event_type::events_lost));
  BOOST_TEST(events[0].number == 8u);
  BOOST_TEST(events[0].last_lost == 8u);
  BOOST_TEST(events[1].number == 9u);
}

BOOST_AUTO_TEST_CASE(a_place_within_a_transition_of_which_the_first_are_gone_is_told_as_that_transition) {
  engine::event_log log{3, 1};
  append(log, 1, 6);
  log.subscribe(1, {}, std::nullopt);
  log.append({numbered(7), numbered(8), numbered(8), numbered(8), numbered(8)}); // 7 and the first 8 are gone
  const auto first = log.take_deliveries().at(0).events;
  BOOST_REQUIRE(first.size() == 1u);
  BOOST_TEST(first[0].number == 7u);
  BOOST_TEST(first[0].last_lost == 8u);
  log.acknowledge(1, 1);
  BOOST_TEST(numbers(log.take_deliveries().at(0).events) == std::vector<revision>{8}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_filter_keeps_the_rest_out) {
  engine::event_log log;
  event_filter only_finished;
  only_finished.types = {event_type::job_finished};
  log.subscribe(1, only_finished, std::nullopt);
  log.append({numbered(1, event_type::job_added), numbered(1, event_type::job_finished)});
  BOOST_TEST(log.take_deliveries().at(0).events.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_page_of_what_is_lost_goes_on_behind_it) {
  engine::event_log log{2};
  append(log, 1, 10);
  const auto first = log.read({}, {1, ""}).or_throw();
  BOOST_REQUIRE(first.items.size() == 1u);
  BOOST_TEST((first.items[0].type == event_type::events_lost));
  BOOST_TEST(numbers(log.read({}, {1, first.next})->items) == std::vector<revision>{9},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_page_that_cannot_be_meant_is_refused) {
  engine::event_log log;
  append(log, 1, 5);
  for (const std::size_t limit : {std::size_t{0}, limits{}.page_items + 1})
    BOOST_TEST((log.read({}, {limit, ""}).err().code() == ec::limit_exceeded));
  for (const auto* after : {"x", "3x", "-3", " 3", "99999999999999999999999"})
    BOOST_TEST((log.read({}, {10, after}).err().code() == ec::invalid_argument), after);
}

BOOST_AUTO_TEST_CASE(pages_go_on_where_the_last_one_ended) {
  engine::event_log log;
  append(log, 1, 5);
  const auto first = log.read({}, {2, ""}).or_throw();
  BOOST_TEST(numbers(first.items) == (std::vector<revision>{1, 2}), boost::test_tools::per_element());
  const auto second = log.read({}, {10, first.next}).or_throw();
  BOOST_TEST(numbers(second.items) == (std::vector<revision>{3, 4, 5}), boost::test_tools::per_element());
  BOOST_TEST(second.next.empty());
}

BOOST_AUTO_TEST_SUITE_END()
