#include "runner/output_capture.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

namespace {

std::string captured(std::size_t limit, std::string_view written, std::size_t piece) {
  carillon::output_capture capture{limit};
  for (std::size_t at = 0; at < written.size(); at += piece)
    capture.add(written.substr(at, piece));
  BOOST_TEST(capture.total_bytes() == written.size());
  return capture.text();
}

std::string numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += std::to_string(i) + "\n";
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(output_capture)

BOOST_AUTO_TEST_CASE(what_fits_is_kept_whole) {
  for (const std::size_t piece : {1, 3, 99, 100, 1000}) {
    BOOST_TEST(captured(100, std::string(100, 'x'), piece) == std::string(100, 'x'));
    BOOST_TEST(captured(99, std::string(99, 'x'), piece) == std::string(99, 'x'));
  }
  BOOST_TEST(captured(100, "", 1) == "");
}

BOOST_AUTO_TEST_CASE(the_first_and_the_last_half_are_kept_whatever_the_pieces) {
  const auto text = numbers(5'000);
  for (const std::size_t piece : {1, 7, 499, 500, 501, 5'000, 100'000}) {
    const auto kept = captured(1'000, text, piece);
    BOOST_TEST(kept.size() <= 1'000u);
    BOOST_TEST(kept.size() > 990u);
    const auto note = kept.find("\n[carillon: ");
    BOOST_REQUIRE(note == 500u);
    BOOST_TEST(kept.substr(0, note) == text.substr(0, note));
    const auto end = kept.substr(kept.find("left out]\n") + 10);
    BOOST_TEST(text.ends_with(end));
    const auto left_out = std::stoul(kept.substr(note + 12));
    BOOST_TEST(left_out == text.size() - note - end.size());
  }
}

BOOST_AUTO_TEST_CASE(a_limit_too_small_for_the_note_is_kept_too) {
  BOOST_TEST(captured(4, "abcdefgh", 3) == "abgh");
  BOOST_TEST(captured(1, "abcdefgh", 3) == "h");
  BOOST_TEST(captured(0, "abcdefgh", 3) == "");
}

BOOST_AUTO_TEST_CASE(a_cut_does_not_split_a_character) {
  std::string text;
  for (int i = 0; i < 1'000; ++i)
    text += "\xE2\x82\xAC"; // three bytes
  for (std::size_t limit = 200; limit < 210; ++limit)
    BOOST_TEST(captured(limit, text, 64).find("\xEF\xBF\xBD") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
