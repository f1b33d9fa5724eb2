#include "engine/demand_book.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

namespace {

demand level(const std::string& executor, std::uint32_t free) {
  demand made;
  made.holder = {executor, 1};
  made.free_slots = free;
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(demand_book)

BOOST_AUTO_TEST_CASE(who_wants_nothing_is_left_out) {
  engine::demand_book book;
  book.update(level("a", 3));
  book.update(level("b", 0));
  BOOST_REQUIRE(book.open().size() == 1u);
  book.update(level("a", 0));
  BOOST_TEST(book.open().empty());
}

BOOST_AUTO_TEST_CASE(the_one_served_longest_ago_comes_first) {
  engine::demand_book book;
  book.update(level("a", 3));
  book.update(level("b", 3));
  book.on_served("a", 1, 1);
  BOOST_TEST(book.open().at(0)->holder.executor == "b");
  book.on_served("b", 2, 1);
  BOOST_TEST(book.open().at(0)->holder.executor == "a");
}

BOOST_AUTO_TEST_CASE(room_is_what_was_told_without_what_is_on_its_way) {
  engine::demand_book book;
  BOOST_TEST(!book.room().has_value());
  book.update(level("a", 3));
  book.update(level("b", 2));
  BOOST_TEST((book.room() == 5u));
  book.on_served("a", 7, 2);
  BOOST_TEST((book.room() == 3u));
  book.on_served("b", 8, 9); // more than there was room for: that takes nothing from another
  BOOST_TEST((book.room() == 1u));
  auto seen = level("a", 1);
  seen.last_hand_out = 7;
  book.update(seen);
  BOOST_TEST((book.room() == 1u));
  BOOST_TEST((book.room({"b"}) == 1u)); // which gets no jobs
  BOOST_TEST((book.room({"a", "b"}) == 0u));
}

BOOST_AUTO_TEST_CASE(an_offer_has_the_runner_and_the_task_unless_that_is_built_in) {
  using offer = engine::demand_book::offer;
  engine::demand_book book;
  auto one = level("a", 0);
  one.runners = {"thread_pool", "command"};
  one.tasks = {"mail"};
  book.update(one);
  BOOST_TEST((book.find_offer("mail", "thread_pool") == offer::busy));
  BOOST_TEST((book.find_offer("mail", "inline") == offer::none));
  BOOST_TEST((book.find_offer("fax", "thread_pool") == offer::none));
  BOOST_TEST((book.find_offer("command", "command") == offer::busy));
  one.holder.executor = "b";
  one.free_slots = 1;
  book.update(one);
  BOOST_TEST((book.find_offer("mail", "thread_pool") == offer::free));
  book.on_served("b", 7, 1);
  BOOST_TEST((book.find_offer("mail", "thread_pool") == offer::busy)); // that slot is taken
  one.last_hand_out = 7;
  book.update(one);
  BOOST_TEST((book.find_offer("mail", "thread_pool") == offer::free)); // one beside it
  book.remove("b");
  BOOST_TEST((book.find_offer("mail", "thread_pool") == offer::busy));
  book.remove("a");
  BOOST_TEST((book.find_offer("mail", "thread_pool") == offer::none));
}

BOOST_AUTO_TEST_CASE(what_an_executor_lists_in_any_order_is_found) {
  engine::demand_book book;
  auto one = level("a", 1);
  one.runners = {"thread_pool", "inline"};
  one.tasks = {"render", "fax", "mail"};
  one.labels = {"gpu", "big"};
  book.update(one);
  for (const auto& task : one.tasks)
    BOOST_TEST(book.open().at(0)->fits(task, "inline", {"big", "gpu"}), task);
  BOOST_TEST(!book.open().at(0)->fits("print", "inline", {}));
}

BOOST_AUTO_TEST_CASE(an_offer_has_all_labels_and_counts_little_while_its_node_drains) {
  using offer = engine::demand_book::offer;
  engine::demand_book book;
  auto one = level("a", 1);
  one.runners = {"thread_pool"};
  one.tasks = {"render"};
  one.labels = {"big", "gpu"};
  book.update(one);
  BOOST_TEST((book.find_offer("render", "thread_pool", {"gpu"}) == offer::free));
  BOOST_TEST((book.find_offer("render", "thread_pool", {"gpu", "ssd"}) == offer::none));
  BOOST_TEST((book.find_offer("render", "thread_pool", {"gpu"}, {"a"}) == offer::draining));
  BOOST_TEST(book.free_slots("a") == 1u);
  BOOST_TEST(book.free_slots("b") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
