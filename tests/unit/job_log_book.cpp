#include "engine/job_log_book.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr timestamp noon{1'800'000'000s};
constexpr std::size_t all = 10'000;

job_id id_of(int n) { return job_id::make(noon, 0, static_cast<std::uint64_t>(n)); }

job_report said(int job, std::vector<std::string> lines, std::uint32_t attempt = 1) {
  job_report made;
  made.job = id_of(job);
  made.attempt = attempt;
  for (auto& line : lines)
    made.lines.push_back({log_stream::log, 0s, std::move(line)});
  return made;
}

job_report reached(int job, double fraction, std::string text = {}, std::uint32_t attempt = 1) {
  auto made = said(job, {}, attempt);
  made.progress = said_progress{0s, fraction, std::move(text)};
  return made;
}

job_report ended(int job, std::uint32_t attempt = 1) {
  auto made = said(job, {}, attempt);
  made.ended = true;
  return made;
}

std::vector<std::string> texts(const job_log_page& page) {
  std::vector<std::string> found;
  for (const auto& line : page.lines)
    found.push_back(line.text);
  return found;
}

using words = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(job_log_book)

BOOST_AUTO_TEST_CASE(lines_are_read_in_order_after_a_number) {
  carillon::engine::job_log_book book;
  book.put(said(1, {"a", "b"}), noon, 0s);
  book.put(said(1, {"c"}), noon, 1s);
  auto first = book.read(id_of(1), 0, 2, 1s);
  BOOST_TEST((texts(first.page) == words{"a", "b"}));
  BOOST_TEST(first.is_news);
  const auto rest = book.read(id_of(1), first.page.next, all, 1s);
  BOOST_TEST((texts(rest.page) == words{"c"}));
  const auto none = book.read(id_of(1), rest.page.next, all, 1s);
  BOOST_TEST(none.page.lines.empty());
  BOOST_TEST(!none.is_news);
  BOOST_TEST(none.page.next == rest.page.next);
}

BOOST_AUTO_TEST_CASE(a_line_knows_its_attempt_its_stream_and_its_time) {
  carillon::engine::job_log_book book;
  auto report = said(1, {"late"}, 3);
  report.lines[0].age = 2s;
  report.lines[0].stream = log_stream::output;
  book.put(report, noon, 0s);
  const auto line = book.read(id_of(1), 0, all, 0s).page.lines.at(0);
  BOOST_TEST(line.attempt == 3u);
  BOOST_TEST((line.stream == log_stream::output));
  BOOST_TEST((line.at == noon - 2s));
}

BOOST_AUTO_TEST_CASE(the_newest_progress_is_kept_and_is_news) {
  carillon::engine::job_log_book book;
  book.put(reached(1, 0.25, "reading"), noon, 0s);
  const auto first = book.read(id_of(1), 0, all, 0s).page;
  book.put(reached(1, 0.5, "writing"), noon + 1s, 1s);
  const auto second = book.read(id_of(1), first.next, all, 1s);
  BOOST_TEST(second.is_news);
  BOOST_REQUIRE(second.page.progress);
  BOOST_TEST(second.page.progress->fraction == 0.5);
  BOOST_TEST(second.page.progress->text == "writing");
  BOOST_TEST((second.page.progress->at == noon + 1s));
  BOOST_TEST(!book.read(id_of(1), second.page.next, all, 1s).is_news);
  BOOST_TEST(book.read(id_of(1), 0, 0, 1s).page.progress->fraction == 0.5); // without lines
}

BOOST_AUTO_TEST_CASE(a_stale_attempt_does_not_turn_progress_back) {
  carillon::engine::job_log_book book;
  book.put(reached(1, 0.1, "second", 2), noon, 0s);
  book.put(reached(1, 0.9, "first", 1), noon, 0s);
  BOOST_TEST(book.read(id_of(1), 0, all, 0s).page.progress->text == "second");
}

BOOST_AUTO_TEST_CASE(a_fraction_from_outside_is_held_within_its_bounds) {
  carillon::engine::job_log_book book;
  for (const auto& [given, kept] : {std::pair{7.0, 1.0}, {-1.0, 0.0}, {std::nan(""), 0.0}}) {
    book.put(reached(1, given), noon, 0s);
    BOOST_TEST(book.read(id_of(1), 0, all, 0s).page.progress->fraction == kept);
  }
}

BOOST_AUTO_TEST_CASE(of_a_job_the_newest_lines_are_kept_and_the_others_counted) {
  carillon::engine::job_log_book book{{.lines_of_a_job = 3}};
  book.put(said(1, {"a", "b", "c", "d", "e"}), noon, 0s);
  const auto page = book.read(id_of(1), 0, all, 0s).page;
  BOOST_TEST((texts(page) == words{"up to here [2 lines are left out]", "c", "d", "e"}));
  BOOST_TEST((page.lines[0].stream == log_stream::carillon));
  BOOST_TEST((texts(book.read(id_of(1), 2, all, 0s).page) == words{"c", "d", "e"})); // it has seen the others
  const auto one = book.read(id_of(1), 0, 1, 0s).page; // the note is a line: it goes on after it
  BOOST_TEST((texts(book.read(id_of(1), one.next, all, 0s).page) == words{"c", "d", "e"}));
}

BOOST_AUTO_TEST_CASE(of_a_job_some_bytes_are_kept) {
  carillon::engine::job_log_book book{{.size_bytes_of_a_job = 1'000}};
  for (int n = 0; n < 100; ++n)
    book.put(said(1, {std::string(200, 'x')}), noon, 0s);
  BOOST_TEST(book.size_bytes() < 2'000u);
  BOOST_TEST(book.read(id_of(1), 0, all, 0s).page.lines.size() == 4u); // three, and the note
}

BOOST_AUTO_TEST_CASE(what_an_executor_has_left_out_is_a_line) {
  carillon::engine::job_log_book book;
  auto report = said(1, {"after"});
  report.left_out = 12;
  book.put(report, noon, 0s);
  const auto page = book.read(id_of(1), 0, all, 0s).page;
  BOOST_TEST((texts(page) == words{"[12 lines are left out]", "after"}));
  BOOST_TEST((page.lines[0].stream == log_stream::carillon));
}

BOOST_AUTO_TEST_CASE(it_has_ended_when_the_store_and_the_executor_say_so) {
  carillon::engine::job_log_book book;
  book.put(said(1, {"a"}), noon, 0s);
  book.put(ended(1), noon, 0s);
  const auto page = book.read(id_of(1), 0, all, 0s).page;
  BOOST_TEST(!page.ended); // it may be tried again
  book.finish(id_of(1), 1, 0s, 0s);
  const auto last = book.read(id_of(1), page.next, all, 0s);
  BOOST_TEST(last.page.ended);
  BOOST_TEST(last.is_news);
  BOOST_TEST(!book.read(id_of(1), 0, 0, 0s).page.ended);
}

BOOST_AUTO_TEST_CASE(the_last_lines_are_waited_for_but_not_for_ever) {
  carillon::engine::job_log_book book;
  book.put(said(1, {"a"}), noon, 0s);
  book.put(ended(1, 1), noon, 0s);
  book.finish(id_of(1), 2, 200ms, 10s); // with its second attempt, whose words may be under way
  BOOST_TEST((book.settles_at(id_of(1)) == duration{10'800ms}));
  BOOST_TEST(!book.read(id_of(1), 0, all, 10s).page.ended);
  BOOST_TEST(book.read(id_of(1), 0, all, 10'800ms).page.ended);
  book.put(ended(1, 2), noon, 10s);
  BOOST_TEST(book.read(id_of(1), 0, all, 10s).page.ended);
}

BOOST_AUTO_TEST_CASE(one_that_was_heard_gets_longer_for_its_last_words) {
  carillon::engine::job_log_book book;
  book.put(said(1, {"a"}), noon, 0s);
  book.finish(id_of(1), 1, 0s, 10s);
  BOOST_TEST((book.settles_at(id_of(1)) == duration{15s}));
  book.put(said(2, {"a"}), noon, 0s);
  book.finish(id_of(2), 1, 1h, 10s); // long ago
  BOOST_TEST((book.settles_at(id_of(2)) == duration{10s}));
}

BOOST_AUTO_TEST_CASE(a_job_ends_for_whoever_reads_its_last_line_only) {
  carillon::engine::job_log_book book;
  book.put(said(1, {"a", "b"}), noon, 0s);
  book.finish(id_of(1), 1, 1h, 0s);
  BOOST_TEST(!book.read(id_of(1), 0, 1, 0s).page.ended);
  BOOST_TEST(book.read(id_of(1), 1, 1, 0s).page.ended);
}

BOOST_AUTO_TEST_CASE(a_job_that_never_said_anything_can_end) {
  carillon::engine::job_log_book book;
  BOOST_TEST(!book.read(id_of(1), 0, all, 0s).is_news);
  book.finish(id_of(1), 1, 0s, 0s);
  BOOST_TEST(!book.read(id_of(1), 0, all, 0s).page.ended);
  BOOST_TEST(book.read(id_of(1), 0, all, 1s).page.ended);
}

BOOST_AUTO_TEST_CASE(a_number_of_an_earlier_book_begins_anew) {
  carillon::engine::job_log_book book;
  book.put(said(1, {"a"}), noon, 0s);
  const auto page = book.read(id_of(1), 57, all, 0s);
  BOOST_TEST(page.is_news);
  BOOST_TEST((texts(page.page) == words{"a"}));
  BOOST_TEST(page.page.next == 1u);
}

BOOST_AUTO_TEST_CASE(what_has_ended_is_kept_for_an_hour_and_what_has_not_longer) {
  carillon::engine::job_log_book book;
  book.put(said(1, {"a"}), noon, 0s);
  book.put(said(2, {"b"}), noon, 0s);
  BOOST_TEST(!book.next_expiry(0s).has_value());
  book.put(ended(1), noon, 1min);
  BOOST_TEST((book.next_expiry(1min) == duration{1h}));
  book.expire(61min - 1us);
  BOOST_TEST(book.has(id_of(1)));
  book.expire(61min);
  BOOST_TEST(!book.has(id_of(1)));
  BOOST_TEST(book.has(id_of(2)));
}

BOOST_AUTO_TEST_CASE(another_attempt_keeps_its_job) {
  carillon::engine::job_log_book book;
  book.put(ended(1, 1), noon, 0s);
  book.put(said(1, {"again"}, 2), noon, 30min);
  book.expire(10h);
  BOOST_TEST(book.has(id_of(1)));
}

BOOST_AUTO_TEST_CASE(the_memory_of_all_is_bounded_and_the_ended_go_first) {
  constexpr std::size_t bound = 100'000;
  carillon::engine::job_log_book book{{.size_bytes = bound}};
  for (int n = 0; n < 10; ++n)
    book.put(said(n, {std::string(1'000, 'x')}), noon, 0s);
  book.put(ended(5), noon, 0s);
  book.put(ended(3), noon, 0s);
  int next = 10;
  const auto add_until_gone = [&](int who) {
    while (book.has(id_of(who))) {
      BOOST_REQUIRE(next < 1'000);
      book.put(said(next++, {std::string(1'000, 'x')}), noon, 0s);
      BOOST_REQUIRE(book.size_bytes() <= bound);
    }
  };
  add_until_gone(5);
  BOOST_TEST(book.has(id_of(3)));
  add_until_gone(3);
  BOOST_TEST(book.has(id_of(0)));
  add_until_gone(0);
  BOOST_TEST(book.has(id_of(9)));
  BOOST_TEST(next > 60);
}

BOOST_AUTO_TEST_SUITE_END()
