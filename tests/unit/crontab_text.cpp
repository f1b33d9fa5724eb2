// What a crontab's lines are made of: variables, commands with `%`, bytes.
#include "crontab/percent.hpp"
#include "crontab/variables.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace carillon::crontab;

namespace {

// `name|value`, or `-` if the line is no variable.
std::string read_variable(std::string_view line) {
  const auto found = parse_variable(line);
  return found ? found->name + "|" + found->value : "-";
}

// `command|input`
std::string split(std::string_view written) {
  const auto parts = split_at_percent(written);
  return parts.command + "|" + parts.standard_input;
}

} // namespace

BOOST_AUTO_TEST_SUITE(crontab_text)

BOOST_AUTO_TEST_CASE(a_variable_is_a_name_an_equals_sign_and_a_value) {
  BOOST_TEST(read_variable("SHELL=/bin/sh") == "SHELL|/bin/sh");
  BOOST_TEST(read_variable("  A \t = \t b c  ") == "A|b c");
  BOOST_TEST(read_variable("MAILTO=") == "MAILTO|");
  BOOST_TEST(read_variable("_x1.y-z=1=2") == "_x1.y-z|1=2");
  BOOST_TEST(read_variable("1A=b") == "1A|b");
  BOOST_TEST(read_variable("GREETING=it's # no comment") == "GREETING|it's # no comment");
  BOOST_TEST(read_variable("PATH=$HOME/bin:$PATH") == "PATH|$HOME/bin:$PATH");
}

BOOST_AUTO_TEST_CASE(quotes_keep_blanks_and_are_taken_off) {
  BOOST_TEST(read_variable("MAILTO=\"\"") == "MAILTO|");
  BOOST_TEST(read_variable("A = ' b '  ") == "A| b ");
  BOOST_TEST(read_variable("A=\"it's\"") == "A|it's");
  BOOST_TEST(read_variable("A='#'") == "A|#");
  BOOST_TEST(read_variable("\"A\"='b'") == "A|b");
  BOOST_TEST(read_variable("'A' = b") == "A|b");
}

BOOST_AUTO_TEST_CASE(a_line_of_another_form_is_no_variable) {
  for (const auto* line : {"", "A", "A B=c", "=b", "*=b", "* * * * * X=1 env", "0 3 * * * A=b c", "@daily A=b", "A='b",
                           "A=\"b'", "A='b' c", "'A=b", "''=b", "\"A B\"=c", "A'B=c"})
    BOOST_TEST(read_variable(line) == "-", line);
}

BOOST_AUTO_TEST_CASE(the_column_of_a_value_is_known) {
  BOOST_TEST(parse_variable("A = b")->value_column == 5);
  BOOST_TEST(parse_variable("  A='b'")->value_column == 5);
  BOOST_TEST(parse_variable("A=")->value_column == 3);
}

BOOST_AUTO_TEST_CASE(the_first_bare_percent_ends_the_command) {
  BOOST_TEST(split("date") == "date|");
  BOOST_TEST(split("cat%one") == "cat|one\n");
  BOOST_TEST(split("cat %one%two") == "cat |one\ntwo\n");
  BOOST_TEST(split("mail -s \"It's 10pm\" joe%Joe,%%Where are your kids?%") ==
             "mail -s \"It's 10pm\" joe|Joe,\n\nWhere are your kids?\n");
  BOOST_TEST(split("cat%") == "cat|");
  BOOST_TEST(split("cat%%") == "cat|\n");
  BOOST_TEST(split("%in") == "|in\n");
}

BOOST_AUTO_TEST_CASE(a_backslash_makes_a_percent_literal_and_leaves_the_rest) {
  BOOST_TEST(split("date +\\%H:\\%M") == "date +%H:%M|");
  BOOST_TEST(split("cat%100\\%%b") == "cat|100%\nb\n");
  BOOST_TEST(split("printf 'a\\nb'") == "printf 'a\\nb'|");
  BOOST_TEST(split("echo \\\\%in") == "echo \\\\|in\n"); // the second backslash is protected, the percent isn't
  BOOST_TEST(split("echo \\\\\\%x") == "echo \\\\%x|");
  BOOST_TEST(split("echo \\") == "echo \\|");
}

BOOST_AUTO_TEST_SUITE_END()
