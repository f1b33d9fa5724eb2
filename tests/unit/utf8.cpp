#include "carillon/base/utf8.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(what_is_no_text_is_found) {
  constexpr auto none = std::string_view::npos;
  for (const auto good : {""sv, "plain ~\t\x7f\0"sv, "grüße"sv, "日本"sv, "😀"sv, "\xF4\x8F\xBF\xBF"sv})
    BOOST_TEST(find_not_utf8(good) == none, good);
  BOOST_TEST(find_not_utf8("ab\xFC") == 2U); // Latin-1
  BOOST_TEST(find_not_utf8("\xC3") == 0U);   // cut short
  BOOST_TEST(find_not_utf8("\xE2\x82") == 0U);
  BOOST_TEST(find_not_utf8("a\xC0\xAF") == 1U); // longer than it need be
  BOOST_TEST(find_not_utf8("\xE0\x80\x80") == 0U);
  BOOST_TEST(find_not_utf8("\xED\xA0\x80") == 0U);     // a surrogate
  BOOST_TEST(find_not_utf8("\xF4\x90\x80\x80") == 0U); // above the last character
}

BOOST_AUTO_TEST_CASE(what_is_no_text_is_replaced) {
  const std::string bad = "\xEF\xBF\xBD";
  BOOST_TEST(to_utf8("plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x94\x94") == "plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x94\x94");
  BOOST_TEST(to_utf8("a\0b"sv) == "a\0b"sv);
  BOOST_TEST(to_utf8("a\xFF") == "a" + bad);
  BOOST_TEST(to_utf8("\x80z") == bad + "z");
  BOOST_TEST(to_utf8("\xC3") == bad);
  BOOST_TEST(to_utf8("\xC0\x80") == bad + bad);
  BOOST_TEST(to_utf8("\xF4\x90\x80\x80") == bad + bad + bad + bad);
}

BOOST_AUTO_TEST_CASE(no_character_is_cut) {
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

BOOST_AUTO_TEST_CASE(what_a_message_quotes_is_one_line_that_a_terminal_shows) {
  BOOST_TEST(quote("") == R"("")");
  BOOST_TEST(quote("a b") == R"("a b")");
  BOOST_TEST(quote(R"(say "x\y")") == R"("say \"x\\y\"")");
  BOOST_TEST(quote("a\nb\tc\rd") == R"("a\nb\tc\rd")");
  BOOST_TEST(quote("\x1b[2J\x07\x7f\0"sv) == R"("\x1b[2J\x07\x7f\x00")");
  BOOST_TEST(quote("grüße 日本 😀") == "\"grüße 日本 😀\"");
  BOOST_TEST(quote("\xC2\x85") == R"("\u{85}")");             // C1: next line
  BOOST_TEST(quote("abc\u202Egpj") == R"("abc\u{202e}gpj")"); // what follows would run from right to left
  BOOST_TEST(quote("\u2028\uFEFF") == R"("\u{2028}\u{feff}")");
  BOOST_TEST(quote("a\u00A0b\u00ADc\u200Bd\u3000") ==
             R"("a\u{a0}b\u{ad}c\u{200b}d\u{3000}")"); // what looks like another name
}

BOOST_AUTO_TEST_CASE(what_is_no_text_is_quoted_byte_by_byte) {
  BOOST_TEST(quote("a\xFFz") == R"("a\xffz")");
  BOOST_TEST(quote("ab\xE1\x84") ==
             R"("ab\xe1\x84")"); // a character cut short, which ends a process that asks an old fmt
  BOOST_TEST(quote("\x84\x84") == R"("\x84\x84")");
}

BOOST_AUTO_TEST_SUITE_END()
