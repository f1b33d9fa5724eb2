#include "engine/report_desk.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

class hand_clock final : public carillon::clock {
public:
  [[nodiscard]] clock_reading now() const override { return {timestamp{}, boot, {}}; }
  duration boot{};
};

struct desk_of_a_test {
  explicit desk_of_a_test(const engine::report_bounds& bounds = {})
    : desk(std::make_shared<engine::report_desk>(
          time, [this] { ++rung; }, bounds)) {}
  ~desk_of_a_test() { desk->shut(); } // what waits holds the desk
  desk_of_a_test(const desk_of_a_test&) = delete;
  desk_of_a_test& operator=(const desk_of_a_test&) = delete;

  std::shared_ptr<engine::report_desk::voice> open(int n, std::uint32_t attempt = 1) const {
    job what;
    what.id = job_id::make(timestamp{1'800'000'000s}, 0, static_cast<std::uint64_t>(n));
    what.attempt = attempt;
    return desk->open(what);
  }
  job_report only() const {
    auto batch = desk->take();
    BOOST_REQUIRE(batch.size() == 1u);
    return std::move(batch[0]);
  }

  hand_clock time;
  int rung = 0;
  std::shared_ptr<engine::report_desk> desk;
};

std::vector<std::string> texts(const job_report& report) {
  std::vector<std::string> found;
  for (const auto& line : report.lines)
    found.push_back(line.text);
  return found;
}

using words = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(report_desk)

BOOST_AUTO_TEST_CASE(what_is_said_is_taken_once_with_its_age) {
  desk_of_a_test t;
  const auto voice = t.open(1, 2);
  voice->line(log_stream::log, "a");
  t.time.boot = 3s;
  voice->line(log_stream::output, "b");
  const auto report = t.only();
  BOOST_TEST(report.attempt == 2u);
  BOOST_TEST((texts(report) == words{"a", "b"}));
  BOOST_TEST((report.lines[0].age == duration{3s}));
  BOOST_TEST((report.lines[1].age == duration{0}));
  BOOST_TEST((report.lines[1].stream == log_stream::output));
  BOOST_TEST(!report.ended);
  t.desk->on_answered();
  BOOST_TEST(!t.desk->has_reports());
}

BOOST_AUTO_TEST_CASE(the_first_word_rings_and_the_others_do_not) {
  desk_of_a_test t;
  const auto one = t.open(1);
  const auto other = t.open(2);
  one->line(log_stream::log, "a");
  other->progress(0.5, "b");
  one->close();
  BOOST_TEST(t.rung == 1);
  BOOST_TEST(t.desk->take().size() == 2u);
  t.desk->on_answered();
  other->line(log_stream::log, "c");
  BOOST_TEST(t.rung == 2);
}

BOOST_AUTO_TEST_CASE(a_text_with_line_breaks_is_several_lines) {
  desk_of_a_test t;
  t.open(1)->line(log_stream::log, "a\n\nb\r\n");
  BOOST_TEST((texts(t.only()) == words{"a", "", "b"}));
}

BOOST_AUTO_TEST_CASE(the_newest_progress_wins) {
  desk_of_a_test t;
  const auto voice = t.open(1);
  for (const double fraction : {0.1, 0.7, 0.2})
    voice->progress(fraction, std::to_string(fraction));
  const auto report = t.only();
  BOOST_TEST(report.progress->fraction == 0.2);
  BOOST_TEST(report.progress->text == std::to_string(0.2));
}

BOOST_AUTO_TEST_CASE(of_too_many_lines_the_oldest_go_and_are_counted) {
  desk_of_a_test t{{.lines = 3}};
  const auto voice = t.open(1);
  for (const auto* text : {"a", "b", "c", "d", "e"})
    voice->line(log_stream::log, text);
  const auto report = t.only();
  BOOST_TEST(report.left_out == 2u);
  BOOST_TEST((texts(report) == words{"c", "d", "e"}));
}

BOOST_AUTO_TEST_CASE(what_a_runner_has_left_out_counts_as_much_when_it_goes_itself) {
  desk_of_a_test t{{.lines = 2}};
  const auto voice = t.open(1);
  voice->left_out(1'000);
  voice->line(log_stream::output, "a");
  voice->line(log_stream::output, "b");
  BOOST_TEST(t.only().left_out == 1'000u);
}

BOOST_AUTO_TEST_CASE(a_long_line_is_cut_between_characters) {
  desk_of_a_test t{{.line_bytes = 10}};
  t.open(1)->line(log_stream::log, "123456\xC3\xA4"
                                   "9ab");
  BOOST_TEST((texts(t.only()) == words{"123456..."}));
}

BOOST_AUTO_TEST_CASE(all_attempts_together_stay_within_their_bound) {
  desk_of_a_test t{{.all_size_bytes = 10'000}};
  std::vector<std::shared_ptr<engine::report_desk::voice>> voices;
  for (int n = 0; n < 100; ++n) {
    voices.push_back(t.open(n));
    for (int line = 0; line < 10; ++line)
      voices.back()->line(log_stream::log, std::string(100, 'x'));
  }
  std::size_t size = 0;
  std::uint64_t lines = 0;
  for (const auto& report : t.desk->take()) {
    lines += report.left_out + report.lines.size();
    for (const auto& line : report.lines)
      size += line.text.size();
  }
  BOOST_TEST(size <= 10'000u);
  BOOST_TEST(size > 5'000u);
  BOOST_TEST(lines == 1'000u); // none is forgotten
}

BOOST_AUTO_TEST_CASE(a_batch_is_bounded_and_the_rest_comes_next) {
  desk_of_a_test t{{.batch_lines = 100}};
  std::vector<std::shared_ptr<engine::report_desk::voice>> voices;
  for (int n = 0; n < 30; ++n) {
    voices.push_back(t.open(n));
    for (int line = 0; line < 10; ++line)
      voices.back()->line(log_stream::log, "x");
  }
  for (int batch = 0; batch < 3; ++batch) {
    BOOST_TEST(t.desk->take().size() == 10u);
    t.desk->on_answered();
  }
  BOOST_TEST(!t.desk->has_reports());
}

BOOST_AUTO_TEST_CASE(the_end_is_told_of_whoever_has_said_something) {
  desk_of_a_test t;
  const auto quiet = t.open(1);
  quiet->close();
  BOOST_TEST(!t.desk->has_reports());
  BOOST_TEST(t.rung == 0);
  const auto voice = t.open(2);
  voice->line(log_stream::log, "a");
  (void)t.only();
  t.desk->on_answered();
  voice->close();
  BOOST_TEST(t.only().ended);
}

BOOST_AUTO_TEST_CASE(after_its_end_an_attempt_says_nothing) {
  desk_of_a_test t;
  const auto voice = t.open(1);
  voice->close();
  voice->line(log_stream::log, "a");
  voice->progress(1, "b");
  voice->left_out(3);
  BOOST_TEST(!t.desk->has_reports());
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_lost_is_counted_and_the_rest_told_again) {
  desk_of_a_test t;
  const auto voice = t.open(1);
  voice->line(log_stream::log, "a");
  voice->line(log_stream::log, "b");
  voice->progress(0.5, "half");
  voice->close();
  (void)t.only();
  t.desk->on_lost();
  const auto again = t.only();
  BOOST_TEST(again.left_out == 2u);
  BOOST_TEST(again.lines.empty());
  BOOST_TEST(again.progress->text == "half");
  BOOST_TEST(again.ended);
  t.desk->on_lost(); // and again: nothing is counted twice
  BOOST_TEST(t.only().left_out == 2u);
}

BOOST_AUTO_TEST_CASE(newer_progress_is_not_replaced_by_what_was_lost) {
  desk_of_a_test t;
  const auto voice = t.open(1);
  voice->progress(0.5, "half");
  (void)t.only();
  voice->progress(0.6, "more");
  t.desk->on_lost();
  BOOST_TEST(t.only().progress->text == "more");
}

BOOST_AUTO_TEST_CASE(with_nobody_listening_ended_attempts_do_not_pile_up) {
  desk_of_a_test t{{.ended_attempts = 10}};
  for (int n = 0; n < 1'000; ++n) {
    const auto voice = t.open(n);
    voice->line(log_stream::log, "x");
    voice->close();
  }
  BOOST_TEST(t.desk->take().size() == 10u);
  t.desk->on_lost();
  for (int n = 0; n < 1'000; ++n) {
    const auto voice = t.open(n);
    voice->line(log_stream::log, "x");
    voice->close();
  }
  BOOST_TEST(t.desk->take().size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_voice_may_outlive_its_executor) {
  auto t = std::make_unique<desk_of_a_test>();
  const auto voice = t->open(1);
  voice->line(log_stream::log, "x");
  const std::weak_ptr<engine::report_desk> desk = t->desk;
  t->desk->shut();
  t.reset();
  voice->line(log_stream::log, "x"); // reads no clock that is gone
  voice->close();
  BOOST_TEST(!desk.lock()->has_reports());
}

BOOST_AUTO_TEST_CASE(many_threads_lose_no_line) {
  desk_of_a_test t{{.lines = 100'000, .size_bytes = 100'000'000, .all_size_bytes = 100'000'000}};
  constexpr int threads = 4;
  constexpr int lines = 2'000;
  const auto voice = t.open(1);
  std::vector<std::thread> all;
  for (int n = 0; n < threads; ++n)
    all.emplace_back([&] {
      for (int line = 0; line < lines; ++line)
        voice->line(log_stream::log, "x");
    });
  for (auto& thread : all)
    thread.join();
  voice->close();
  const auto report = t.only();
  BOOST_TEST(report.lines.size() == std::size_t{threads * lines});
  BOOST_TEST(report.left_out == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
