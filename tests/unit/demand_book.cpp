#include "engine/demand_book.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

namespace {

demand level(const std::string& executor, std::uint32_t free, std::uint64_t seen, std::uint64_t process = 1) {
  demand made;
  made.holder = {executor, process};
  made.free_slots = free;
  made.last_hand_out = seen;
  return made;
}

std::vector<job> handed(std::initializer_list<revision> tokens) {
  std::vector<job> jobs;
  for (const auto token : tokens) {
    job one;
    one.held_by = lease{"", 1, token};
    jobs.push_back(one);
  }
  return jobs;
}

} // namespace

BOOST_AUTO_TEST_SUITE(demand_book)

BOOST_AUTO_TEST_CASE(jobs_on_their_way_take_slots_until_the_executor_has_seen_them) {
  engine::demand_book book;
  book.update(level("a", 3, 0));
  book.on_handed_out("a", handed({10, 11}));
  book.settle();
  BOOST_TEST(book.open().at(0).free_slots == 1u);
  book.update(level("a", 2, 10)); // has seen 10, which runs; 11 is still on its way
  BOOST_TEST(book.open().at(0).free_slots == 1u);
  book.update(level("a", 1, 11));
  BOOST_TEST(book.open().at(0).free_slots == 1u);
}

BOOST_AUTO_TEST_CASE(the_one_served_longest_ago_comes_first) {
  engine::demand_book book;
  book.update(level("a", 3, 0));
  book.update(level("b", 3, 0));
  book.on_handed_out("a", handed({10}));
  BOOST_TEST(book.open().at(0).holder.executor == "b");
  book.on_handed_out("b", handed({11}));
  BOOST_TEST(book.open().at(0).holder.executor == "a");
}

BOOST_AUTO_TEST_CASE(a_failed_commit_gives_the_slots_back) {
  engine::demand_book book;
  book.update(level("a", 2, 0));
  book.on_handed_out("a", handed({10}));
  book.settle();
  book.on_handed_out("a", handed({11}));
  BOOST_TEST(book.open().empty());
  book.revoke_unsettled();
  BOOST_TEST(book.open().at(0).free_slots == 1u);
}

BOOST_AUTO_TEST_CASE(a_new_process_starts_with_nothing_under_way) {
  engine::demand_book book;
  book.update(level("a", 2, 0, 1));
  book.on_handed_out("a", handed({10, 11}));
  book.settle();
  BOOST_TEST(book.open().empty());
  book.update(level("a", 2, 0, 2));
  BOOST_TEST(book.open().at(0).free_slots == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
