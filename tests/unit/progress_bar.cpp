#include "cli/progress_bar.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon::app;

BOOST_AUTO_TEST_SUITE(progress_bar)

BOOST_AUTO_TEST_CASE(it_says_how_much_is_done) {
  BOOST_TEST(render_progress_bar("copying", 0, 4, "files") == "copying [--------------------] 0 %, 0 of 4 files");
  BOOST_TEST(render_progress_bar("copying", 1, 4, "files") == "copying [#####---------------] 25 %, 1 of 4 files");
  BOOST_TEST(render_progress_bar("copying", 4, 4, "files") == "copying [####################] 100 %, 4 of 4 files");
}

BOOST_AUTO_TEST_CASE(more_than_was_estimated_is_all_of_it) {
  BOOST_TEST(render_progress_bar("copying", 5, 4, "files") == "copying [####################] 100 %, 5 of 4 files");
}

BOOST_AUTO_TEST_CASE(without_a_total_it_counts) {
  BOOST_TEST(render_progress_bar("copying", 5, 0, "files") == "copying 5 files");
}

BOOST_AUTO_TEST_SUITE_END()
