#include "runner/line_feed.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

namespace {

using words = std::vector<std::string>;

std::string numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += std::to_string(i) + "\n";
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_feed)

BOOST_AUTO_TEST_CASE(a_line_is_there_when_it_is_whole) {
  carillon::line_feed feed;
  feed.add("one\ntw");
  BOOST_TEST(feed.has_lines());
  BOOST_TEST((feed.take().lines == words{"one"}));
  BOOST_TEST(!feed.has_lines());
  feed.add("o\n\n");
  BOOST_TEST((feed.take().lines == words{"two", ""}));
}

BOOST_AUTO_TEST_CASE(what_has_no_line_break_is_a_line_at_the_end) {
  carillon::line_feed feed;
  feed.add("one\ntwo");
  feed.end();
  BOOST_TEST((feed.take().lines == words{"one", "two"}));
  feed.end();
  BOOST_TEST(!feed.has_lines());
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_goes_on_in_the_next) {
  carillon::line_feed feed{{.lines = 10, .line_bytes = 4, .size_bytes = 100}};
  feed.add("123456789\nx\n");
  BOOST_TEST((feed.take().lines == words{"1234", "5678", "9", "x"}));
}

BOOST_AUTO_TEST_CASE(the_newest_lines_are_kept_and_the_rest_counted_whatever_the_pieces) {
  const auto text = numbers(1'000) + "end";
  for (const std::size_t piece : {1, 2, 7, 100, 1'000, 100'000}) {
    carillon::line_feed feed{{.lines = 3, .line_bytes = 100, .size_bytes = 1'000}};
    for (std::size_t at = 0; at < text.size(); at += piece)
      feed.add(std::string_view{text}.substr(at, piece));
    auto taken = feed.take();
    BOOST_TEST(taken.left_out == 997u);
    BOOST_TEST((taken.lines == words{"997", "998", "999"}));
    feed.end();
    BOOST_TEST((feed.take().lines == words{"end"}));
  }
}

BOOST_AUTO_TEST_CASE(the_size_is_bounded_too) {
  carillon::line_feed feed{{.lines = 100, .line_bytes = 100, .size_bytes = 250}};
  for (int n = 0; n < 50; ++n)
    feed.add(std::string(99, 'x') + "\n");
  const auto taken = feed.take();
  BOOST_TEST(taken.lines.size() == 2u);
  BOOST_TEST(taken.left_out == 48u);
}

BOOST_AUTO_TEST_CASE(a_line_may_say_how_far_it_is) {
  const auto read = parse_progress_line("::progress 0.4 half done");
  BOOST_REQUIRE(read);
  BOOST_TEST(read->fraction == 0.4);
  BOOST_TEST(read->text == "half done");
  BOOST_TEST(parse_progress_line("::progress 1")->fraction == 1.0);
  BOOST_TEST(parse_progress_line("::progress 0 ")->text == "");
}

BOOST_AUTO_TEST_CASE(a_line_that_does_not_quite_say_it_is_a_line_like_any_other) {
  for (const auto* line : {"::progress", "::progress ", "::progress half", "::progress 1.5", "::progress -0.1",
                           "::progress nan", "::progress 0.4half", "progress 0.4", " ::progress 0.4", "::progress 40%"})
    BOOST_TEST(!parse_progress_line(line).has_value(), line);
}

BOOST_AUTO_TEST_SUITE_END()
