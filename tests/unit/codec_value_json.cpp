#include "carillon/model/value.hpp"
#include "codec/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <type_traits>

using namespace carillon;

namespace {
void check_refused(std::string_view text, std::string_view why) {
  const auto refused = parse_json_text(text);
  BOOST_REQUIRE_MESSAGE(!refused, text);
  BOOST_TEST((refused.err().code() == ec::invalid_argument));
  BOOST_TEST(refused.err().text().find(why) != std::string::npos, refused.err().text());
}
} // namespace

BOOST_AUTO_TEST_SUITE(codec_value_json)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  const value x = value::map{{"null", value{}},
                             {"most", std::numeric_limits<std::int64_t>::max()},
                             {"least", std::numeric_limits<std::int64_t>::min()},
                             {"real", 1.0},
                             {"text", "ü\n\""},
                             {"raw", bytes{std::string{"\0\xff\x10", 3}}},
                             {"list", value::list{true, value::list{}, value::map{}}}};
  const auto text = to_json_text(x);
  const auto read = parse_json_text(text);
  BOOST_REQUIRE(read);
  BOOST_TEST((*read == x), text);
  BOOST_TEST(text.find('\n') == std::string::npos);
  BOOST_TEST((*parse_json_text(" 7 ") == value{7}));
}

BOOST_AUTO_TEST_CASE(a_pointer_does_not_become_a_bool) {
  static_assert(!std::is_constructible_v<value, const value*>);
  static_assert(!std::is_constructible_v<value, int*>);
  BOOST_TEST((value{"text"} == value{std::string{"text"}}));
}

BOOST_AUTO_TEST_CASE(what_json_cannot_say_becomes_null_or_a_replacement) {
  BOOST_TEST(to_json_text(std::numeric_limits<double>::quiet_NaN()) == "null");
  BOOST_TEST(to_json_text("a\xff") == "\"a\xef\xbf\xbd\"");
}

BOOST_AUTO_TEST_CASE(bad_texts_are_refused_with_the_reason) {
  check_refused("[1,", "position 4");
  check_refused("{\"a\":x}", "position 6");
  check_refused("[1] 2", "position");
  check_refused("{\"a\":1,\"a\":2}", "twice");
  check_refused("9223372036854775808", "64 bits");
  check_refused("123456789012345678901234567890", "64 bits");
  check_refused("{\"$bytes\":\"a\"}", "base64");
  check_refused(std::string(1'000'000, '['), "nested deeper");
}

BOOST_AUTO_TEST_CASE(base64_has_one_text_for_each_bytes) {
  for (const auto& [raw, text] :
       {std::pair{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}}) {
    BOOST_TEST(codec::to_base64(raw) == text);
    BOOST_TEST(codec::parse_base64(text).value() == raw);
  }
  for (const auto* bad : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm 9v", "=Zg="})
    BOOST_TEST(!codec::parse_base64(bad).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
