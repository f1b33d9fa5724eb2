// The power is cut at operations on files, in the middle of writes, openings and file changes of a real database, while a client
// uses all features; a part of what wasn't synced may stay. Some of the positions; `power_cut_anywhere_in_files` has them all.
#include "crash_world/files_run.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;

namespace {

constexpr std::uint64_t positions = 24;

// The `i`-th of some positions that lie evenly over a whole run, of sync and of append in turn.
std::uint64_t position(std::uint64_t i, std::uint64_t all) { return 1 + (i * all / positions + i % 5) % all; }

void expect_no_faults(const files_verdict& seen, std::uint64_t at) {
  BOOST_TEST(seen.faults.empty(), "operation " << at << ": " << (seen.faults.empty() ? "" : seen.faults.front()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(power_cut_in_files)

BOOST_AUTO_TEST_CASE(it_loses_nothing_that_was_synced_and_repeats_nothing) {
  const auto whole = run_on_files({});
  expect_no_faults(whole, 0);
  BOOST_TEST(whole.writes > 500u);
  std::uint64_t compared = 0;
  for (std::uint64_t i = 0; i < positions; ++i) {
    const auto at = position(i, whole.writes);
    const auto seen = run_on_files({.cut_at = at, .is_torn = i % 3 != 0});
    BOOST_TEST(seen.was_cut);
    expect_no_faults(seen, at);
    compared += seen.was_compared ? 1 : 0;
  }
  BOOST_TEST(compared > positions / 2); // the others ended within an opening
}

BOOST_AUTO_TEST_CASE(what_it_takes_from_a_store_that_syncs_later_leaves_the_rest_consistent) {
  const auto whole = run_on_files({.level = durability::async});
  expect_no_faults(whole, 0);
  for (std::uint64_t i = 0; i < positions; ++i) {
    const auto at = position(i, whole.writes);
    expect_no_faults(run_on_files({.level = durability::async, .cut_at = at, .is_torn = i % 3 != 0}), at);
  }
}

BOOST_AUTO_TEST_CASE(the_same_seed_does_the_same_with_files_and_has_the_same_verdict) {
  for (const std::uint64_t at : {130, 377}) {
    const files_run what{.cut_at = at, .is_torn = true, .keeps_operations = true};
    const auto first = run_on_files(what);
    const auto second = run_on_files(what);
    BOOST_TEST(first.operations.size() > 500u);
    BOOST_TEST(first.operations == second.operations, boost::test_tools::per_element());
    BOOST_TEST((first == second));
  }
}

BOOST_AUTO_TEST_SUITE_END()
