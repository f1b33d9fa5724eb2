// A fault at each operation on files in turn: takes minutes.
#include "positions.hpp"
#include "store_world/files_faults.hpp"

using namespace carillon::testing;

BOOST_AUTO_TEST_SUITE(store_disk_faults_anywhere)

BOOST_AUTO_TEST_CASE(whatever_fails_is_told_and_the_store_goes_on_when_the_disk_does) {
  fail_at({1, stride_anywhere()});
}

BOOST_AUTO_TEST_CASE(a_power_cut_at_any_operation_loses_nothing_that_was_synced) {
  cut_power_of_synced_at({1, stride_anywhere()});
}

BOOST_AUTO_TEST_CASE(what_a_power_cut_takes_from_a_store_that_syncs_later_is_the_newest) {
  cut_power_of_unsynced_at({1, stride_anywhere()});
}

BOOST_AUTO_TEST_SUITE_END()
