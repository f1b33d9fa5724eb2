#include "keyed/limit_keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon::keyed;

BOOST_AUTO_TEST_SUITE(store_limit_keys)

BOOST_AUTO_TEST_CASE(a_key_has_one_number_as_long_as_a_job_has_it) {
  limit_keys keys;
  const auto database = keys.acquire("database");
  BOOST_TEST(database != 0);
  BOOST_TEST(keys.acquire("printer") != database);
  BOOST_TEST(keys.acquire("database") == database);
  keys.release(database);
  BOOST_TEST(keys.find("database") == database);
  keys.release(database);
  BOOST_TEST(keys.find("database") == 0);
  BOOST_TEST(keys.size() == 1);
}

BOOST_AUTO_TEST_CASE(numbers_are_used_again) {
  limit_keys keys;
  for (int round = 0; round < 1'000; ++round) {
    const auto number = keys.acquire("key " + std::to_string(round));
    BOOST_TEST(number == 1);
    keys.release(number);
  }
  BOOST_TEST(keys.size() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
