#include "bench/distribution.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace carillon::app::bench;

BOOST_AUTO_TEST_SUITE(bench_distribution)

BOOST_AUTO_TEST_CASE(ranks_are_counted_from_the_smallest_in_whatever_order_they_come) {
  std::vector<double> seen(200);
  std::iota(seen.rbegin(), seen.rend(), 1.0);
  const auto told = distribution("wait", seen, "ms");
  const std::vector<figure> expected{{"wait_p50", 100, "ms"}, {"wait_p99", 198, "ms"}, {"wait_max", 200, "ms"}};
  BOOST_TEST((told == expected));
}

BOOST_AUTO_TEST_CASE(one_is_all_of_them_and_none_says_nothing) {
  const std::vector<figure> expected{{"wait_p50", 7, "ms"}, {"wait_p99", 7, "ms"}, {"wait_max", 7, "ms"}};
  BOOST_TEST((distribution("wait", {7}, "ms") == expected));
  BOOST_TEST(distribution("wait", {}, "ms").empty());
}

BOOST_AUTO_TEST_SUITE_END()
