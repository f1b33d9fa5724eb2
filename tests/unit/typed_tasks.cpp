// What make_task_function makes of callables: arguments, what they are given, and how they end.
#include "carillon/runner/typed_task.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <limits>
#include <optional>
#include <stdexcept>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const job> job_with(value arguments) {
  auto what = std::make_shared<job>();
  what->id = job_id::of_request("a request", timestamp{});
  what->task = "work";
  what->arguments = std::move(arguments);
  what->attempt = 3;
  what->held_by = lease{"here", 1, 42};
  what->started_at = timestamp{10s};
  what->time_limit = 5s;
  what->metadata = {{"colour", "red"}};
  return what;
}

// All ends of one call, in order.
std::vector<attempt_result> ends_of(const task_function& code, value given = {}) {
  std::vector<attempt_result> ends;
  code.start(job_with(std::move(given)), {}, [&](attempt_result outcome) { ends.push_back(std::move(outcome)); });
  return ends;
}

attempt_result run(const task_function& code, value given = {}) {
  auto ends = ends_of(code, std::move(given));
  BOOST_REQUIRE_EQUAL(ends.size(), 1U);
  return ends.front();
}

std::string refusal(const task_function& code, const value& given) {
  const auto fits = code.check(given);
  if (fits)
    return "fits";
  BOOST_TEST((fits.err().code() == ec::invalid_argument));
  return fits.err().text();
}

int add_or_throw(int a, int b) noexcept(false) { return a + b; }

struct odd {};

} // namespace

template <>
struct carillon::value_traits<odd> {
  static result<odd> from(const value&) { throw std::runtime_error{"not today"}; }
};

BOOST_AUTO_TEST_SUITE(typed_tasks)

BOOST_AUTO_TEST_CASE(arguments_and_results_have_types) {
  BOOST_TEST((run(make_task_function([](int a, double b) { return a + b; }), arguments(1, 2.5)).result == value{3.5}));
  BOOST_TEST((run(make_task_function(add_or_throw), arguments(40, 2)).result == value{42}));
  BOOST_TEST((run(make_task_function([](std::string x) noexcept { return x; }), arguments("x")).result == value{"x"}));
  BOOST_TEST((run(make_task_function([] {})).outcome == job_outcome::success));
  const auto optional = make_task_function([](const std::optional<int>& x) { return x.value_or(7); });
  BOOST_TEST((run(optional).result == value{7}));
  BOOST_TEST((run(optional, arguments(1)).result == value{1}));
}

BOOST_AUTO_TEST_CASE(a_callable_that_fails_is_an_error) {
  const auto refused = run(make_task_function([] { return result<int>{ec::unavailable, "no line"}; }));
  BOOST_TEST((refused.outcome == job_outcome::error));
  BOOST_TEST(refused.error_text == "no line");
  const auto thrown = run(make_task_function([]() -> int { throw std::runtime_error{"no paper"}; }));
  BOOST_TEST((thrown.outcome == job_outcome::error));
  BOOST_TEST(thrown.error_text == "the task threw: no paper");
}

BOOST_AUTO_TEST_CASE(arguments_that_do_not_fit_are_named_without_a_call) {
  int calls = 0;
  const auto code = make_task_function([&](const std::string&, std::uint8_t) { ++calls; });
  BOOST_TEST(refusal(code, arguments("a", 1)) == "fits");
  BOOST_TEST(refusal(code, arguments("a", "b")) == "argument 2: expected a whole number");
  BOOST_TEST(refusal(code, arguments("a", 256)) == "argument 2: expected a whole number from 0 to 255");
  BOOST_TEST(refusal(code, arguments("a", -1)) == "argument 2: expected a whole number from 0 to 255");
  BOOST_TEST(refusal(code, arguments(1, 2)) == "argument 1: expected a text");
  BOOST_TEST(refusal(code, arguments("a")) == "argument 2: expected a whole number");
  BOOST_TEST(refusal(code, arguments("a", 1, 2)) == "expected a list of 2 arguments, not 3");
  BOOST_TEST(refusal(code, value{7}) == "expected a list of 2 arguments");
  BOOST_TEST(refusal(make_task_function([](const std::vector<int>&) {}), arguments(value{value::list{1, "x"}})) ==
             "argument 1: in a list: expected a whole number");
  BOOST_TEST(refusal(make_task_function([](odd) {}), arguments(1)) == "reading them threw: not today");
  BOOST_TEST(calls == 0);
  const auto ended = run(code, arguments("a", "b"));
  BOOST_TEST((ended.outcome == job_outcome::deserialization_failed));
  BOOST_TEST(ended.error_text == "argument 2: expected a whole number");
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(a_number_that_a_type_does_not_hold_is_an_error_and_never_another_number) {
  const auto large = run(make_task_function([] { return std::numeric_limits<std::uint64_t>::max(); }));
  BOOST_TEST((large.outcome == job_outcome::error));
  BOOST_TEST(large.error_text == "the task threw: 18446744073709551615 is more than a value holds");
  const auto code = make_task_function([](float) {});
  BOOST_TEST(refusal(code, arguments(3.4e38)) == "fits");
  BOOST_TEST(refusal(code, arguments(std::numeric_limits<double>::infinity())) == "fits");
  BOOST_TEST(refusal(code, arguments(-3.5e38)) == "argument 1: expected a number that fits the parameter's type");
}

BOOST_AUTO_TEST_CASE(arguments_are_of_any_type_that_a_task_may_take) {
  using namespace std::string_view_literals;
  const auto given = arguments(true, 1, 2U, std::size_t{3}, 4LL, 0.5, "a", "b"sv, std::string{"c"},
                               std::optional<int>{}, std::vector<int>{5, 6}, value{7}, value::list{8});
  const value expected =
      value::list{true, 1, 2, 3, 4, 0.5, "a", "b", "c", value{}, value::list{5, 6}, 7, value::list{8}};
  BOOST_TEST((given == expected));
  BOOST_CHECK_THROW((void)arguments(std::numeric_limits<std::uint64_t>::max()), std::out_of_range);
  enum level { low, high };
  BOOST_TEST(
      (arguments('a', high, std::filesystem::path{"b"}) == value{value::list{97, 1, "b"}})); // what a value takes
}

BOOST_AUTO_TEST_CASE(code_without_types_takes_anything) {
  const auto code = make_task_function([](const value& x, const job_context&) { return attempt_result::success(x); });
  BOOST_TEST(refusal(code, value{7}) == "fits");
  BOOST_TEST((run(code, value{7}).result == value{7}));
}

BOOST_AUTO_TEST_CASE(the_context_says_all_about_the_attempt_and_may_be_kept) {
  std::optional<job_context> kept;
  run(make_task_function([&](const job_context& context, int) { kept = context; }), arguments(1));
  BOOST_REQUIRE(kept);
  BOOST_TEST((kept->id() == job_id::of_request("a request", timestamp{})));
  BOOST_TEST(kept->task() == "work");
  BOOST_TEST(kept->attempt() == 3U);
  BOOST_TEST(kept->fencing_token() == 42U);
  BOOST_TEST(kept->executor() == "here");
  BOOST_TEST((kept->time_limit() == 5s));
  BOOST_TEST((kept->deadline() == timestamp{15s}));
  BOOST_TEST((kept->metadata().at("colour") == value{"red"}));
}

BOOST_AUTO_TEST_CASE(a_completion_may_stand_before_or_after_the_context_and_end_at_once_or_later) {
  BOOST_TEST(
      (run(make_task_function([](const completion& done, int x) { done.success(x + 1); }), arguments(1)).result ==
       value{2}));
  BOOST_TEST((run(make_task_function([](const job_context& context, const completion& done) {
                done.success(static_cast<std::int64_t>(context.fencing_token()));
              })).result == value{42}));
  std::optional<completion> later;
  std::vector<attempt_result> ends;
  const auto code = make_task_function([&](completion done, const job_context&) { later = std::move(done); });
  code.start(job_with({}), {}, [&](attempt_result outcome) { ends.push_back(std::move(outcome)); });
  BOOST_TEST(ends.empty());
  later->fail("no line");
  BOOST_REQUIRE_EQUAL(ends.size(), 1U);
  BOOST_TEST((ends[0].outcome == job_outcome::error));
  BOOST_TEST(ends[0].error_text == "no line");
}

BOOST_AUTO_TEST_CASE(the_first_end_of_a_completion_counts) {
  const auto ends = ends_of(make_task_function([](const completion& done) {
    done.success("first");
    done.fail("second");
    throw std::runtime_error{"third"};
  }));
  BOOST_REQUIRE_EQUAL(ends.size(), 1U);
  BOOST_TEST((ends[0].result == value{"first"}));
}

BOOST_AUTO_TEST_CASE(a_completion_that_is_dropped_is_an_error) {
  const auto dropped = run(make_task_function([](const completion&) {}));
  BOOST_TEST((dropped.outcome == job_outcome::error));
  BOOST_TEST(dropped.error_text == "the task has dropped its completion without an outcome");
  std::vector<completion> copies;
  std::vector<attempt_result> ends;
  const auto code = make_task_function([&](const completion& done) { copies = {done, done}; });
  code.start(job_with({}), {}, [&](attempt_result outcome) { ends.push_back(std::move(outcome)); });
  copies.pop_back();
  BOOST_TEST(ends.empty()); // there is another one
  copies.pop_back();
  BOOST_TEST(ends.size() == 1U);
}

BOOST_AUTO_TEST_CASE(arguments_that_do_not_fit_end_a_completion_too) {
  BOOST_TEST((run(make_task_function([](const completion&, int) {}), arguments("x")).outcome ==
              job_outcome::deserialization_failed));
}

BOOST_AUTO_TEST_SUITE_END()
