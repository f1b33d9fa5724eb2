#include "base/first_bytes.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

BOOST_AUTO_TEST_SUITE(first_bytes)

BOOST_AUTO_TEST_CASE(no_character_is_cut) {
  using carillon::first_bytes;
  BOOST_TEST(first_bytes("", 3) == "");
  BOOST_TEST(first_bytes("abc", 3) == "abc");
  BOOST_TEST(first_bytes("abcd", 3) == "abc");
  const std::string_view wide = "a\xe1\x84\x91z"; // of three bytes
  BOOST_TEST(first_bytes(wide, 5) == wide);
  BOOST_TEST(first_bytes(wide, 4) == "a\xe1\x84\x91");
  BOOST_TEST(first_bytes(wide, 3) == "a");
  BOOST_TEST(first_bytes(wide, 2) == "a");
  BOOST_TEST(first_bytes(wide, 0) == "");
  BOOST_TEST(first_bytes("\x84\x84\x84", 2) == ""); // not UTF-8 at all
}

BOOST_AUTO_TEST_SUITE_END()
