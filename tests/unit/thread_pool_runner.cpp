#include "carillon/runner/runner.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

using namespace carillon;

namespace {

std::shared_ptr<job> job_number(int number) {
  auto what = std::make_shared<job>();
  what->id = job_id::of_request("request " + std::to_string(number), timestamp{});
  what->task = "work";
  what->arguments = number;
  return what;
}

std::future<attempt_result> start(runner& pool, const task_function& code, int number = 1) {
  auto ended = std::make_shared<std::promise<attempt_result>>();
  auto result = ended->get_future();
  pool.start(job_number(number), &code, [ended](attempt_result outcome) { ended->set_value(std::move(outcome)); });
  return result;
}

// Waits, without turning, until the job is asked to stop.
void until_stopped(const job_context& context) {
  std::promise<void> asked;
  const std::stop_callback on_stop{context.cancelled(), [&] { asked.set_value(); }};
  asked.get_future().wait();
}

} // namespace

BOOST_AUTO_TEST_SUITE(thread_pool_runner)

BOOST_AUTO_TEST_CASE(runs_as_many_at_once_as_it_has_threads) {
  std::latch all_there{3};
  const task_function meets = [&](const value&, const job_context&) {
    all_there.arrive_and_wait();
    return attempt_result::success("met");
  };
  const auto pool = make_thread_pool_runner(3);
  std::vector<std::future<attempt_result>> results;
  for (int number = 0; number < 3; ++number)
    results.push_back(start(*pool, meets, number));
  for (auto& result : results)
    BOOST_TEST((result.get().outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(never_runs_more_than_it_has_threads) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  const task_function counts = [&](const value&, const job_context&) {
    const int now = ++running;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::yield();
    --running;
    return attempt_result::success({});
  };
  const auto pool = make_thread_pool_runner(2);
  std::vector<std::future<attempt_result>> results;
  for (int number = 0; number < 1'000; ++number)
    results.push_back(start(*pool, counts, number));
  for (auto& result : results)
    result.wait();
  BOOST_TEST(most <= 2);
}

BOOST_AUTO_TEST_CASE(runs_in_the_order_of_starting) {
  std::vector<std::int64_t> order;
  const task_function notes = [&](const value& arguments, const job_context&) {
    order.push_back(*arguments.get_if<std::int64_t>());
    return attempt_result::success({});
  };
  const auto pool = make_thread_pool_runner(1);
  std::vector<std::future<attempt_result>> results;
  std::vector<std::int64_t> expected;
  for (int number = 0; number < 100; ++number) {
    results.push_back(start(*pool, notes, number));
    expected.push_back(number);
  }
  for (auto& result : results)
    result.wait();
  BOOST_TEST(order == expected);
}

BOOST_AUTO_TEST_CASE(a_thread_that_waits_is_used_again) {
  std::set<std::thread::id> threads;
  const task_function notes = [&](const value&, const job_context&) {
    threads.insert(std::this_thread::get_id());
    return attempt_result::success({});
  };
  {
    const auto pool = make_thread_pool_runner(1);
    for (int number = 0; number < 20; ++number)
      start(*pool, notes, number).wait();
  }
  BOOST_TEST(threads.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_code_throws_is_an_error_and_the_thread_lives_on) {
  const task_function throws = [](const value&, const job_context&) -> attempt_result {
    throw std::runtime_error{"no paper"};
  };
  const auto pool = make_thread_pool_runner(1);
  BOOST_TEST(start(*pool, throws).get().error_text == "the task threw: no paper");
  BOOST_TEST((start(*pool, throws).get().outcome == job_outcome::error));
}

BOOST_AUTO_TEST_CASE(a_job_is_told_to_stop_and_its_failure_is_the_reason) {
  std::promise<void> began;
  const task_function obeys = [&](const value&, const job_context& context) {
    began.set_value();
    until_stopped(context);
    return attempt_result::failed(job_outcome::error, "half done");
  };
  for (const auto& [why, outcome] : {std::pair{stop_reason::timed_out, job_outcome::timed_out},
                                     {stop_reason::cancelled, job_outcome::cancelled},
                                     {stop_reason::lease_lost, job_outcome::cancelled},
                                     {stop_reason::node_stops, job_outcome::cancelled}}) {
    began = {};
    const auto pool = make_thread_pool_runner(1);
    auto result = start(*pool, obeys);
    began.get_future().wait();
    pool->stop(job_number(1)->id, why);
    pool->stop(job_number(1)->id, stop_reason::cancelled); // the first reason counts
    const auto ended = result.get();
    BOOST_TEST((ended.outcome == outcome));
    BOOST_TEST(ended.error_text.find("half done") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_job_that_succeeds_although_it_was_told_to_stop_is_a_success) {
  std::promise<void> began;
  const task_function finishes = [&](const value&, const job_context& context) {
    began.set_value();
    until_stopped(context);
    return attempt_result::success("all done");
  };
  const auto pool = make_thread_pool_runner(1);
  auto result = start(*pool, finishes);
  began.get_future().wait();
  pool->stop(job_number(1)->id, stop_reason::timed_out);
  BOOST_TEST((result.get().outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(stopping_one_job_leaves_the_others_alone) {
  std::latch both_began{2};
  std::promise<void> go_on;
  auto gone_on = go_on.get_future().share();
  const task_function first = [&](const value&, const job_context& context) {
    both_began.count_down();
    until_stopped(context);
    return attempt_result::failed(job_outcome::error, {});
  };
  const task_function second = [&](const value&, const job_context& context) {
    both_began.count_down();
    gone_on.wait();
    return context.cancelled().stop_requested() ? attempt_result::failed(job_outcome::error, {})
                                                : attempt_result::success({});
  };
  const auto pool = make_thread_pool_runner(2);
  auto one = start(*pool, first, 1);
  auto two = start(*pool, second, 2);
  both_began.wait();
  pool->stop(job_number(1)->id, stop_reason::cancelled);
  pool->stop(job_number(3)->id, stop_reason::cancelled); // unknown
  BOOST_TEST((one.get().outcome == job_outcome::cancelled));
  go_on.set_value();
  BOOST_TEST((two.get().outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(a_job_that_is_stopped_while_it_waits_never_runs) {
  std::promise<void> go_on;
  auto gone_on = go_on.get_future().share();
  const task_function blocks = [&](const value&, const job_context&) {
    gone_on.wait();
    return attempt_result::success({});
  };
  bool ran = false;
  const task_function marks = [&](const value&, const job_context&) {
    ran = true;
    return attempt_result::success({});
  };
  const auto pool = make_thread_pool_runner(1);
  auto one = start(*pool, blocks, 1);
  auto two = start(*pool, marks, 2);
  pool->stop(job_number(2)->id, stop_reason::timed_out);
  const auto ended = two.get();
  BOOST_TEST((ended.outcome == job_outcome::timed_out));
  BOOST_TEST(ended.error_text == "stopped at its time limit before it ran");
  go_on.set_value();
  BOOST_TEST((one.get().outcome == job_outcome::success));
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(its_destructor_stops_and_waits_for_what_runs_and_ends_what_waits) {
  std::promise<void> began;
  bool returned = false;
  const task_function obeys = [&](const value&, const job_context& context) {
    began.set_value();
    until_stopped(context);
    returned = true;
    return attempt_result::failed(job_outcome::error, {});
  };
  std::future<attempt_result> running;
  std::future<attempt_result> waiting;
  {
    const auto pool = make_thread_pool_runner(1);
    running = start(*pool, obeys, 1);
    began.get_future().wait();
    waiting = start(*pool, obeys, 2);
  }
  BOOST_TEST(returned);
  BOOST_TEST((running.get().outcome == job_outcome::cancelled));
  BOOST_TEST(waiting.get().error_text == "stopped because the node stops before it ran");
}

// ---- code that ends by a completion

BOOST_AUTO_TEST_CASE(a_thread_is_free_while_a_completion_is_awaited) {
  std::promise<completion> taken;
  const task_function ends_later = [&](const value&, const job_context&, const completion& done) {
    taken.set_value(done);
  };
  const task_function plain = [](const value&, const job_context&) { return attempt_result::success("plain"); };
  const auto pool = make_thread_pool_runner(1);
  auto later = start(*pool, ends_later, 1);
  const auto done = taken.get_future().get();
  BOOST_TEST((start(*pool, plain, 2).get().result == value{"plain"})); // on the only thread
  BOOST_TEST((later.wait_for(std::chrono::seconds{0}) == std::future_status::timeout));
  std::jthread{[&] { done.success("from elsewhere"); }}.join();
  BOOST_TEST((later.get().result == value{"from elsewhere"}));
}

BOOST_AUTO_TEST_CASE(a_completion_is_asked_to_stop_by_a_context_that_was_kept) {
  for (const auto& [why, outcome] : {std::pair{stop_reason::timed_out, job_outcome::timed_out},
                                     {stop_reason::cancelled, job_outcome::cancelled},
                                     {stop_reason::lease_lost, job_outcome::cancelled}}) {
    std::promise<std::pair<completion, job_context>> taken;
    const task_function ends_later = [&](const value&, const job_context& context, const completion& done) {
      taken.set_value({done, context});
    };
    const auto pool = make_thread_pool_runner(1);
    auto result = start(*pool, ends_later);
    const auto [done, context] = taken.get_future().get();
    const std::stop_callback on_stop{context.cancelled(), [&done = done] { done.fail("half done"); }};
    pool->stop(job_number(1)->id, why);
    const auto ended = result.get();
    BOOST_TEST((ended.outcome == outcome));
    BOOST_TEST(ended.error_text.ends_with(": half done"));
  }
}

BOOST_AUTO_TEST_CASE(a_completion_that_never_comes_is_given_up) {
  std::promise<completion> taken;
  const task_function ends_later = [&](const value&, const job_context&, const completion& done) {
    taken.set_value(done);
  };
  const auto pool = make_thread_pool_runner(1);
  auto result = start(*pool, ends_later);
  const auto done = taken.get_future().get();
  const task_function plain = [](const value&, const job_context&) { return attempt_result::success({}); };
  start(*pool, plain, 2).get(); // the thread has returned from the first
  pool->stop(job_number(1)->id, stop_reason::node_stops);
  pool->give_up();
  const auto ended = result.get();
  BOOST_TEST((ended.outcome == job_outcome::cancelled));
  BOOST_TEST(ended.error_text == "stopped because the node stops: its completion hasn't come");
  done.success("too late"); // a second set_value would throw
}

BOOST_AUTO_TEST_CASE(its_destructor_gives_up_on_completions_and_late_ones_are_dropped) {
  std::promise<completion> taken;
  const task_function ends_later = [&](const value&, const job_context&, const completion& done) {
    taken.set_value(done);
  };
  std::future<attempt_result> result;
  std::optional<completion> done;
  {
    const auto pool = make_thread_pool_runner(1);
    result = start(*pool, ends_later);
    done = taken.get_future().get();
  }
  BOOST_TEST((result.get().outcome == job_outcome::cancelled));
  done->success("too late");
}

BOOST_AUTO_TEST_CASE(many_completions_end_from_many_threads_each_once) {
  constexpr int many = 200;
  std::mutex mutex;
  std::vector<completion> taken;
  std::latch all_taken{many};
  const task_function ends_later = [&](const value&, const job_context&, const completion& done) {
    {
      const std::lock_guard guard{mutex};
      taken.push_back(done);
    }
    all_taken.count_down();
  };
  std::vector<std::future<attempt_result>> results;
  const auto pool = make_thread_pool_runner(3);
  for (int number = 0; number < many; ++number)
    results.push_back(start(*pool, ends_later, number));
  all_taken.wait();
  {
    std::vector<std::jthread> enders;
    for (int number = 0; number < 4; ++number)
      enders.emplace_back([&] {
        for (const auto& done : taken)
          done.success("ended");
      });
  }
  for (auto& result : results)
    BOOST_TEST((result.get().result == value{"ended"}));
}

BOOST_AUTO_TEST_SUITE_END()
