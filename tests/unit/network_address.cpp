#include "base/network_address.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

BOOST_AUTO_TEST_SUITE(network_address)

BOOST_AUTO_TEST_CASE(a_name_or_number_and_a_port_are_read_and_written_back) {
  for (const auto* text :
       {"127.0.0.1:7400", "node-1.example.org:65535", "localhost:1", "[::1]:7400", "[2001:db8::7]:80"}) {
    const auto read = parse_address(text);
    BOOST_REQUIRE(read);
    BOOST_TEST(to_string(*read) == text);
  }
  BOOST_TEST((parse_address("[::1]:7400").or_throw() == carillon::network_address{"::1", 7400}));
}

BOOST_AUTO_TEST_CASE(what_is_none_is_refused_with_the_reason) {
  for (const auto& [text, why] : {std::pair{"", "no port"},
                                  {"127.0.0.1", "no port"},
                                  {"a:", "port must be"},
                                  {"a:0", "port must be"},
                                  {"a:65536", "port must be"},
                                  {"a:-1", "port must be"},
                                  {"a:80 ", "port must be"},
                                  {":80", "no host"},
                                  {"::1:80", "brackets"},
                                  {"[::g]:80", "no IPv6"},
                                  {"[]:80", "can't be"},
                                  {"a b:80", "can't be"},
                                  {"a/b:80", "can't be"}}) {
    const auto read = parse_address(text);
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.err().code() == ec::invalid_argument));
    BOOST_TEST(read.err().text().find(why) != std::string::npos, text << ": " << read.err().text());
  }
  std::string long_name(254, 'a');
  long_name += ":80";
  BOOST_TEST(!parse_address(long_name));
}

BOOST_AUTO_TEST_CASE(loopback_is_what_no_other_machine_reaches) {
  for (const auto* text : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1"})
    BOOST_TEST(is_loopback(parse_address(text).or_throw()), text);
  for (const auto* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1", "[::ffff:127.0.0.1]:1", "128.0.0.1:1"})
    BOOST_TEST(!is_loopback(parse_address(text).or_throw()), text);
}

BOOST_AUTO_TEST_SUITE_END()
