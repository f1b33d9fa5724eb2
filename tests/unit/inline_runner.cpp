#include "carillon/runner/runner.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <thread>

using namespace carillon;

namespace {

std::shared_ptr<job> a_job() {
  auto what = std::make_shared<job>();
  what->id = job_id::of_request("a request", timestamp{});
  what->task = "greet";
  what->arguments = "you";
  what->attempt = 3;
  what->held_by = lease{"here", 1, 42};
  return what;
}

attempt_result run(const task_function* code) {
  std::optional<attempt_result> ended;
  make_inline_runner()->start(a_job(), code, [&](attempt_result result) { ended = std::move(result); });
  BOOST_REQUIRE(ended);
  return *ended;
}

} // namespace

BOOST_AUTO_TEST_SUITE(inline_runner)

BOOST_AUTO_TEST_CASE(runs_the_code_on_the_callers_thread) {
  const auto caller = std::this_thread::get_id();
  const task_function code = [&](const value& arguments, const job_context& context) {
    BOOST_TEST((std::this_thread::get_id() == caller));
    BOOST_TEST((arguments == value{"you"}));
    BOOST_TEST(context.attempt() == 3u);
    BOOST_TEST(context.fencing_token() == 42u);
    return attempt_result::success("hello");
  };
  const auto result = run(&code);
  BOOST_TEST((result.outcome == job_outcome::success));
  BOOST_TEST((result.result == value{"hello"}));
}

BOOST_AUTO_TEST_CASE(what_the_code_throws_is_an_error) {
  const task_function throws = [](const value&, const job_context&) -> attempt_result {
    throw std::runtime_error{"no paper"};
  };
  BOOST_TEST((run(&throws).outcome == job_outcome::error));
  BOOST_TEST(run(&throws).error_text == "the task threw: no paper");
  const task_function throws_a_number = [](const value&, const job_context&) -> attempt_result { throw 7; };
  BOOST_TEST((run(&throws_a_number).outcome == job_outcome::error));
}

BOOST_AUTO_TEST_CASE(a_task_without_code_is_an_error) { BOOST_TEST((run(nullptr).outcome == job_outcome::error)); }

BOOST_AUTO_TEST_CASE(code_that_ends_by_a_completion_is_asked_to_stop_and_given_up_at_last) {
  std::optional<completion> done;
  std::optional<job_context> context;
  const task_function ends_later = [&](const value&, const job_context& given, const completion& end) {
    done = end;
    context = given;
  };
  std::vector<attempt_result> ends;
  const auto note = [&](attempt_result result) { ends.push_back(std::move(result)); };
  {
    const auto runner = make_inline_runner();
    runner->start(a_job(), &ends_later, note);
    BOOST_TEST(ends.empty());
    done->success("later");
    BOOST_REQUIRE_EQUAL(ends.size(), 1U);
    BOOST_TEST((ends[0].result == value{"later"}));

    runner->start(a_job(), &ends_later, note);
    runner->stop(a_job()->id, stop_reason::timed_out);
    BOOST_TEST(context->cancelled().stop_requested());
    done->fail("half done");
    BOOST_REQUIRE_EQUAL(ends.size(), 2U);
    BOOST_TEST((ends[1].outcome == job_outcome::timed_out));

    runner->start(a_job(), &ends_later, note);
  }
  BOOST_REQUIRE_EQUAL(ends.size(), 3U); // the destructor didn't wait
  BOOST_TEST((ends[2].outcome == job_outcome::cancelled));
  BOOST_TEST(context->cancelled().stop_requested());
}

BOOST_AUTO_TEST_SUITE_END()
