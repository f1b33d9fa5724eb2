#include "api/target.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;

BOOST_AUTO_TEST_SUITE(api_target)

BOOST_AUTO_TEST_CASE(a_target_is_taken_apart_and_put_together) {
  const target what{{"v1", "schedules", "etc/crontab:root#2 ä", "pause"}, {{"after", "a=b&c"}, {"limit", "10"}}};
  const auto text = write_target(what);
  BOOST_TEST(text == "/v1/schedules/etc%2Fcrontab%3Aroot%232%20%C3%A4/pause?after=a%3Db%26c&limit=10");
  BOOST_TEST((parse_target(text).or_throw() == what));
}

BOOST_AUTO_TEST_CASE(a_parameter_may_be_empty_or_have_no_value) {
  const auto what = parse_target("/v1/jobs?a&b=&&c=1").or_throw();
  BOOST_TEST(what.parameter("a").value() == "");
  BOOST_TEST(what.parameter("b").value() == "");
  BOOST_TEST(what.parameter("c").value() == "1");
  BOOST_TEST(!what.parameter("d"));
}

BOOST_AUTO_TEST_CASE(a_bad_target_is_refused) {
  for (const auto* text : {"", "v1", "*", "http://host/", "/a%", "/a%2", "/a%2x", "/a%x2", "/?a=%"})
    BOOST_TEST(!parse_target(text), text);
  for (const auto* text : {"/", "/%41", "/a%2f", "/?"})
    BOOST_TEST(static_cast<bool>(parse_target(text)), text);
}

BOOST_AUTO_TEST_SUITE_END()
