// The power is cut at each operation on files in turn: takes minutes.
#include "crash_world/files_run.hpp"
#include "positions.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;

BOOST_AUTO_TEST_SUITE(power_cut_anywhere_in_files)

BOOST_AUTO_TEST_CASE(it_loses_nothing_that_was_synced_and_repeats_nothing) {
  std::uint64_t runs = 0;
  std::uint64_t compared = 0;
  for (std::uint64_t at = 1;; at += stride_anywhere()) {
    bool was_cut = false;
    for (const bool is_torn : {false, true}) {
      const auto seen = run_on_files({.cut_at = at, .is_torn = is_torn});
      BOOST_TEST(seen.faults.empty(), "operation " << at << ": " << (seen.faults.empty() ? "" : seen.faults.front()));
      ++runs;
      compared += seen.was_compared ? 1 : 0;
      was_cut = seen.was_cut;
    }
    if (!was_cut) {
      BOOST_TEST(at > 500u);
      BOOST_TEST(2 * compared > runs); // the others ended within an opening
      break;
    }
  }
}

BOOST_AUTO_TEST_CASE(what_it_takes_from_a_store_that_syncs_later_leaves_the_rest_consistent) {
  for (std::uint64_t at = 1;; at += stride_anywhere()) {
    const auto seen = run_on_files({.level = durability::async, .cut_at = at, .is_torn = true});
    BOOST_TEST(seen.faults.empty(), "operation " << at << ": " << (seen.faults.empty() ? "" : seen.faults.front()));
    if (!seen.was_cut) {
      BOOST_TEST(at > 300u);
      break;
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
