#include "api/problem.hpp"

#include "carillon/model/value.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;

namespace {

std::string field(const error& what, const char* name) {
  const auto document = parse_json_text(problem_json(what, http_status(what.code()))).or_throw();
  const auto* found = document.find(name);
  return found == nullptr ? "(missing)" : to_json_text(*found);
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_problem)

BOOST_AUTO_TEST_CASE(a_problem_has_code_status_and_text) {
  const error what{ec::not_found, "there is no schedule \"a\""};
  BOOST_TEST(field(what, "code") == R"("not_found")");
  BOOST_TEST(field(what, "title") == R"("not found")");
  BOOST_TEST(field(what, "status") == "404");
  BOOST_TEST(field(what, "detail") == R"("there is no schedule \"a\"")");
  BOOST_TEST(field(what, "type") == R"("about:blank")");
  BOOST_TEST(field(what, "field") == "(missing)");
}

BOOST_AUTO_TEST_CASE(a_problem_names_the_field_that_the_text_begins_with) {
  BOOST_TEST(field({ec::invalid_argument, "max_jitter: must be >= 0"}, "field") == R"("max_jitter")");
  BOOST_TEST(field({ec::invalid_argument, "arguments: argument 2: expected a whole number"}, "field") ==
             R"("arguments")");
  BOOST_TEST(field({ec::invalid_argument, "position 3: expected a digit"}, "field") == "(missing)");
  BOOST_TEST(field({ec::invalid_argument, "no good"}, "field") == "(missing)");
}

BOOST_AUTO_TEST_CASE(every_error_is_read_back) {
  for (int number = 1; number <= static_cast<int>(ec::internal); ++number) {
    const error what{static_cast<ec>(number), "text: of it"};
    const auto status = http_status(what.code());
    BOOST_TEST(status >= 400U);
    BOOST_TEST((parse_problem(status, problem_json(what, status)) == what));
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_problem_is_an_internal_fault) {
  BOOST_TEST((parse_problem(502, "<html>").code() == ec::internal));
  BOOST_TEST((parse_problem(502, "{}").code() == ec::internal));
  BOOST_TEST(parse_problem(502, "<html>").text().find("502") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
