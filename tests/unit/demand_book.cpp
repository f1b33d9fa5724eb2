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
  book.on_served("a");
  BOOST_TEST(book.open().at(0).holder.executor == "b");
  book.on_served("b");
  BOOST_TEST(book.open().at(0).holder.executor == "a");
}

BOOST_AUTO_TEST_SUITE_END()
