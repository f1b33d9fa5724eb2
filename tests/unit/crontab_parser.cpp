// Text to entries and faults: what a line may be, and where it is wrong.
#include "crontab/parser.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

using namespace carillon::crontab;
using namespace std::string_view_literals;

namespace {

// The one fault of a text, as `line:column: sentence`.
std::string fault_of(std::string_view text, crontab_kind kind = crontab_kind::user) {
  const auto parsed = parse_crontab(text, kind);
  if (parsed.faults.size() != 1)
    return fmt::format("{} faults", parsed.faults.size());
  const auto& only = parsed.faults.front();
  return fmt::format("{}:{}: {}", only.line, only.column, only.text);
}

// `line:column`
std::string place_of(std::string_view text, crontab_kind kind = crontab_kind::user) {
  const auto whole = fault_of(text, kind);
  return whole.substr(0, whole.find(": "));
}

// The entries as `line|times|user|command`, faults counting for nothing.
std::vector<std::string> entries_of(std::string_view text, crontab_kind kind = crontab_kind::user) {
  std::vector<std::string> texts;
  for (const auto& found : parse_crontab(text, kind).entries)
    texts.push_back(fmt::format("{}|{}|{}|{}", found.line, found.times, found.user, found.command));
  return texts;
}

std::string only_entry_of(std::string_view text, crontab_kind kind = crontab_kind::user) {
  const auto all = entries_of(text, kind);
  return all.size() == 1 ? all.front() : fmt::format("{} entries, {}", all.size(), fault_of(text, kind));
}

} // namespace

BOOST_AUTO_TEST_SUITE(crontab_parser)

BOOST_AUTO_TEST_CASE(an_entry_is_five_fields_and_a_command) {
  BOOST_TEST(only_entry_of("17 * * * * run me\n") == "1|17 * * * *||run me");
  BOOST_TEST(only_entry_of(" \t17 *\t* *  *\trun  me ") == "1|17 * * * *||run  me ");
  BOOST_TEST(only_entry_of("*/5 8-18/2 1,15 jan-mar Mon-Fri x") == "1|*/5 8-18/2 1,15 jan-mar Mon-Fri||x");
  BOOST_TEST(only_entry_of("0 0 L * 5#2 x") == "1|0 0 L * 5#2||x"); // the extensions of classic_cron
}

BOOST_AUTO_TEST_CASE(an_entry_of_a_system_crontab_names_its_user) {
  BOOST_TEST(only_entry_of("17 *\t* * *\troot\tcd / && x", crontab_kind::system) == "1|17 * * * *|root|cd / && x");
  BOOST_TEST(only_entry_of("@daily www-data x", crontab_kind::system) == "1|@daily|www-data|x");
}

BOOST_AUTO_TEST_CASE(macros_stand_for_the_fields) {
  for (const auto* macro : {"@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
    BOOST_TEST(only_entry_of(fmt::format("{}\t x", macro)) == fmt::format("1|{}||x", macro));
  BOOST_TEST(parse_crontab("@reboot x", crontab_kind::user).entries.at(0).is_at_reboot());
}

BOOST_AUTO_TEST_CASE(comments_and_blank_lines_say_nothing) {
  BOOST_TEST(entries_of("").empty());
  BOOST_TEST(only_entry_of("\n# a\n  \t# * * * * * b\n \t\n* * * * * c # d\n") == "5|* * * * *||c # d");
  BOOST_TEST(parse_crontab("# \0 \xFF"sv, crontab_kind::user).faults.empty());
  BOOST_TEST(parse_crontab("#" + std::string(max_line_size, '#'), crontab_kind::user).faults.empty());
}

BOOST_AUTO_TEST_CASE(lines_may_end_as_other_systems_and_editors_end_them) {
  const std::vector<std::string> two{"1|* * * * *||a", "2|* * * * *||b"};
  BOOST_TEST(entries_of("* * * * * a\n* * * * * b") == two);
  BOOST_TEST(entries_of("* * * * * a\r\n* * * * * b\r\n") == two);
  BOOST_TEST(entries_of("\xEF\xBB\xBF* * * * * a\n* * * * * b\n") == two);
}

BOOST_AUTO_TEST_CASE(variables_hold_for_the_lines_below_them) {
  const auto parsed = parse_crontab("@daily a\nA=1\nB='2'\n@daily b\nA=3\n@daily c\n", crontab_kind::user);
  using variables = std::map<std::string, std::string>;
  BOOST_TEST_REQUIRE(parsed.entries.size() == 3U);
  BOOST_TEST(parsed.entries[0].variables.empty());
  BOOST_TEST((parsed.entries[1].variables == variables{{"A", "1"}, {"B", "2"}}));
  BOOST_TEST((parsed.entries[2].variables == variables{{"A", "3"}, {"B", "2"}}));
}

BOOST_AUTO_TEST_CASE(cron_tz_holds_for_the_entries_below_it) {
  const auto parsed = parse_crontab("@daily a\nCRON_TZ=Asia/Tokyo\n@daily b\nCRON_TZ=\n@daily c\n", crontab_kind::user);
  BOOST_TEST_REQUIRE(parsed.entries.size() == 3U);
  BOOST_TEST(parsed.entries[0].timezone == "");
  BOOST_TEST(parsed.entries[1].timezone == "Asia/Tokyo");
  BOOST_TEST(parsed.entries[2].timezone == "");
}

BOOST_AUTO_TEST_CASE(an_unknown_zone_leaves_out_the_entries_below_it) {
  const auto text = "@daily a\nCRON_TZ = Mars/Olympus\n@daily b\nCRON_TZ=UTC\n@daily c\n";
  BOOST_TEST(entries_of(text) == (std::vector<std::string>{"1|@daily||a", "5|@daily||c"}));
  BOOST_TEST(place_of(text) == "2:11");
}

BOOST_AUTO_TEST_CASE(a_percent_begins_the_standard_input) {
  const auto parsed = parse_crontab("* * * * * cat \\%%a%b\n", crontab_kind::user);
  const auto& only = parsed.entries.at(0);
  BOOST_TEST(only.written == "cat \\%%a%b");
  BOOST_TEST(only.command == "cat %");
  BOOST_TEST(only.standard_input == "a\nb\n");
}

BOOST_AUTO_TEST_CASE(a_bad_line_harms_no_other) {
  const auto text = "61 * * * * a\n* * * * * b\nnonsense\n* * * *\n@never c\n@hourly d\n";
  BOOST_TEST(entries_of(text) == (std::vector<std::string>{"2|* * * * *||b", "6|@hourly||d"}));
  std::vector<std::size_t> lines;
  for (const auto& fault : parse_crontab(text, crontab_kind::user).faults)
    lines.push_back(fault.line);
  BOOST_TEST(lines == (std::vector<std::size_t>{1, 3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(a_fault_in_the_times_has_its_column) {
  BOOST_TEST(place_of("61 * * * * x") == "1:1");
  BOOST_TEST(place_of("  61 * * * * x") == "1:3");
  BOOST_TEST(place_of("* 24 * * * x") == "1:3");
  BOOST_TEST(place_of("*\t \t24 * * * x") == "1:5");
  BOOST_TEST(place_of("* *   * *  1,2,foo x") == "1:16");
  BOOST_TEST(place_of("1,2,x * * * * x") == "1:5");
  BOOST_TEST(place_of("0 0  32 *   * x") == "1:6");
  BOOST_TEST(place_of("0 0 5-1 * * x") == "1:5");
  BOOST_TEST(place_of("  @dayly x") == "1:3");
  BOOST_TEST(place_of("*  \f3 * * * x") == "1:4");
}

BOOST_AUTO_TEST_CASE(a_fault_is_a_sentence_of_the_line_and_not_of_the_expression) {
  for (const auto* line : {"61 * * * * x", "* 24 * * * x", "@dayly x", "0 0 5-1 * * x"}) {
    const auto sentence = fault_of(line);
    BOOST_TEST(sentence.find("position") == std::string::npos, sentence);
    BOOST_TEST(sentence.find("expression") == std::string::npos, sentence);
  }
}

BOOST_AUTO_TEST_CASE(times_that_never_come_are_a_fault) {
  BOOST_TEST(fault_of(" 0 0 30 2 * x") == "1:2: these times never come: there is no such date");
  BOOST_TEST(only_entry_of("0 0 29 2 * x") == "1|0 0 29 2 *||x");
}

BOOST_AUTO_TEST_CASE(a_line_that_ends_too_early_says_what_is_missing) {
  BOOST_TEST(fault_of("* * *") ==
             "1:6: the line ends after 3 of the 5 time fields (minute, hour, day of month, month, day of week)");
  BOOST_TEST(fault_of("* * * * * ") == "1:11: expected a command after the times");
  BOOST_TEST(fault_of("@daily") == "1:7: expected a command after the times");
  BOOST_TEST(fault_of("@daily %input") == "1:8: expected a command after the times");
  BOOST_TEST(fault_of("* * * * *", crontab_kind::system) == "1:10: expected a user and a command after the times");
  BOOST_TEST(fault_of("* * * * * root ", crontab_kind::system) == "1:16: expected a command after the user");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_neither_variable_nor_entry_is_named) {
  constexpr auto expected = "expected NAME = value (with quotes in pairs), five time fields, or a macro such as @daily";
  BOOST_TEST(fault_of("  MAILTO root") == fmt::format("1:3: {}", expected));
  BOOST_TEST(fault_of("A='b") == fmt::format("1:1: {}", expected));
}

BOOST_AUTO_TEST_CASE(the_user_of_an_entry_cannot_be_set) {
  BOOST_TEST(fault_of(" LOGNAME=anna") == "1:2: LOGNAME is always the entry's user: the line is left out");
  BOOST_TEST(fault_of("USER=anna") == "1:1: USER is always the entry's user: the line is left out");
  BOOST_TEST(fault_of("SHELL = ''") == "1:9: SHELL is empty: the line is left out");
}

BOOST_AUTO_TEST_CASE(bytes_that_no_command_can_have_are_a_fault) {
  BOOST_TEST(fault_of("* * * * * a\0b\n"sv) == "1:12: a NUL byte can't be part of a line");
  BOOST_TEST(fault_of("A=\xE4\n") == "1:3: this byte is not valid UTF-8");
  BOOST_TEST(only_entry_of("* * * * * echo grüße") == "1|* * * * *||echo grüße");
}

BOOST_AUTO_TEST_CASE(a_line_has_a_longest_length) {
  const std::string times = "* * * * * ";
  BOOST_TEST(entries_of(times + std::string(max_line_size - times.size(), 'x')).size() == 1U);
  BOOST_TEST(fault_of(times + std::string(max_line_size - times.size() + 1, 'x')) ==
             "1:65537: the line has 65537 bytes, more than 65536");
}

BOOST_AUTO_TEST_SUITE_END()
