// The facade on a real node: real threads, a store in memory. Nothing sleeps: everything is waited for, with a limit.
#include "carillon/runtime/node.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <stdlib.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr auto limit = 20s;

struct running_node {
  running_node() {
    must(node.register_task("add", [](int a, int b) { return a + b; }));
    must(node.register_task("throw", []() -> int { throw std::runtime_error{"out of paper"}; }));
    must(node.register_task("wait", [](const job_context& context) {
      std::promise<void> stopped;
      std::stop_callback wake{context.cancelled(), [&] { stopped.set_value(); }};
      stopped.get_future().wait();
      return result<int>{ec::unavailable, "told to stop"};
    }));
    must(node.start());
  }

  static void must(const result<void>& done) {
    if (!done)
      BOOST_FAIL(done.err().text());
  }

  job run(const std::string& task, value arguments = {}) {
    auto added = node.add_job({.task = task, .arguments = std::move(arguments)}).get().or_throw();
    return node.wait_for_job(added.id, limit).get().or_throw();
  }

  carillon::node node = carillon::node::open({.slots = 4, .stop_grace = 100ms}).or_throw();
};

} // namespace

BOOST_AUTO_TEST_SUITE(embedded_node)

BOOST_FIXTURE_TEST_CASE(a_callable_gets_typed_arguments_and_gives_a_typed_result, running_node) {
  const auto finished = run("add", arguments(40, 2));
  BOOST_TEST((finished.outcome == job_outcome::success));
  BOOST_TEST((finished.result == value{42}));
}

BOOST_FIXTURE_TEST_CASE(a_callable_that_throws_harms_its_job_alone, running_node) {
  const auto failed = run("throw");
  BOOST_TEST((failed.outcome == job_outcome::error));
  BOOST_TEST(failed.error_text.find("out of paper") != std::string::npos);
  BOOST_TEST((run("add", arguments(1, 2)).outcome == job_outcome::success));
}

BOOST_FIXTURE_TEST_CASE(arguments_that_do_not_fit_are_named, running_node) {
  for (const auto& bad : {arguments(1, "two"), arguments(1, 2, 3), arguments(1), value{7}}) {
    const auto failed = run("add", bad);
    BOOST_TEST((failed.outcome == job_outcome::deserialization_failed));
    BOOST_TEST(!failed.error_text.empty());
  }
  BOOST_TEST(run("add", arguments(1, "two")).error_text.find("argument 2") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_task_is_refused, running_node) {
  BOOST_TEST((node.add_job({.task = "nobody"}).get().err().code() == ec::unknown_task));
}

BOOST_FIXTURE_TEST_CASE(the_same_id_adds_one_job, running_node) {
  const auto id = job_id::make(system_clock().now().wall, 1, 2);
  const job_request request{.task = "add", .arguments = arguments(1, 2), .id = id};
  BOOST_REQUIRE(node.add_job(request).get());
  BOOST_REQUIRE(node.add_job(request).get());
  const job_request other{.task = "add", .arguments = arguments(1, 3), .id = id};
  BOOST_TEST((node.add_job(other).get().err().code() == ec::conflict));
}

BOOST_FIXTURE_TEST_CASE(one_can_wait_for_a_job_as_long_as_one_lives_and_no_longer, running_node) {
  const auto added = node.add_job({.task = "add", .arguments = arguments(1, 2)}).get().or_throw();
  for (const duration limit :
       {std::chrono::years{300}, std::chrono::years{10'000}}) // 292 years of nanoseconds fit 64 bits
    BOOST_TEST((node.wait_for_job(added.id, limit).get().or_throw().outcome == job_outcome::success));
  BOOST_TEST((node.wait_for_job(added.id, duration::max()).get().err().code() == ec::limit_exceeded));
}

BOOST_FIXTURE_TEST_CASE(an_answer_can_be_delivered_to_a_callback, running_node) {
  std::promise<result<job>> answer;
  node.add_job({.task = "add", .arguments = arguments(1, 2)}).then([&](result<job> added) { answer.set_value(added); });
  auto arrived = answer.get_future();
  BOOST_REQUIRE((arrived.wait_for(limit) == std::future_status::ready));
  BOOST_TEST(arrived.get().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_task_registered_while_the_node_runs_is_run, running_node) {
  must(node.register_task("late", [](const std::string& name) { return "hello " + name; }));
  BOOST_TEST((run("late", arguments("you")).result == value{"hello you"}));
}

BOOST_FIXTURE_TEST_CASE(events_come_to_a_subscriber_until_it_ends, running_node) {
  std::promise<event> finished;
  event_filter filter;
  filter.types = {event_type::job_finished};
  auto subscribed = node.subscribe(filter, [&, told = false](const event& what) mutable {
    if (!std::exchange(told, true))
      finished.set_value(what);
  });
  const auto done = run("add", arguments(1, 2));
  auto arrived = finished.get_future();
  BOOST_REQUIRE((arrived.wait_for(limit) == std::future_status::ready));
  BOOST_TEST((arrived.get().job == done.id));
  subscribed = subscription{};
  BOOST_TEST(
      (run("add", arguments(3, 4)).outcome == job_outcome::success)); // nobody listens: a second set_value would throw
}

BOOST_FIXTURE_TEST_CASE(a_running_job_is_cancelled, running_node) {
  const auto added = node.add_job({.task = "wait"}).get().or_throw();
  while (node.find_job(added.id).get().or_throw().state == job_state::pending) {
  }
  BOOST_REQUIRE(node.cancel_job(added.id).get());
  BOOST_TEST((node.wait_for_job(added.id, limit).get().or_throw().outcome == job_outcome::cancelled));
}

BOOST_FIXTURE_TEST_CASE(a_time_limit_ends_a_job, running_node) {
  const auto added = node.add_job({.task = "wait", .time_limit = 50ms}).get().or_throw();
  BOOST_TEST((node.wait_for_job(added.id, limit).get().or_throw().outcome == job_outcome::timed_out));
}

BOOST_FIXTURE_TEST_CASE(after_the_stop_every_request_is_answered, running_node) {
  BOOST_REQUIRE(node.add_job({.task = "wait"}).get());
  node.stop();
  node.stop();
  BOOST_TEST((node.add_job({.task = "add"}).get().err().code() == ec::unavailable));
  BOOST_TEST((node.status().get().err().code() == ec::unavailable));
}

BOOST_AUTO_TEST_CASE(whoever_stops_a_node_finds_it_stopped_also_when_others_stop_it) {
  std::string folder = (std::filesystem::temp_directory_path() / "carillon-stop-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(folder.data()) != nullptr);
  auto node = carillon::node::open({.data_folder = folder}).or_throw();
  BOOST_REQUIRE(node.start());
  {
    std::mutex one_at_a_time;
    std::vector<std::jthread> all;
    for (int i = 0; i < 4; ++i)
      all.emplace_back([&] {
        node.stop();
        const std::lock_guard guard{one_at_a_time}; // as opening it again needs the folder alone
        const auto again = carillon::node::open({.data_folder = folder});
        BOOST_TEST(again.has_value(), (again ? std::string{} : again.err().text()));
      });
  }
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_is_refused) {
  BOOST_TEST((node::open({.name = "a b"}).err().code() == ec::invalid_argument));
  for (const auto& refused :
       {node::open({.request_limit = duration::max()}), node::open({.stop_grace = duration::max()}),
        node::open({.store = {.lease = duration::max()}}), node::open({.store = {.claim = duration::max()}}),
        node::open({.store = {.history_retention = duration::max()}})})
    BOOST_TEST((refused.err().code() == ec::limit_exceeded));
  auto bare = node::open({}).or_throw();
  task settings;
  settings.id = "x";
  settings.runner = "teleport";
  const auto refused = bare.register_task(settings, [] {});
  BOOST_TEST(refused.err().text().find("teleport") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
