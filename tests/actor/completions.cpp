// Code that finishes later, through the real executor and the runner `inline`. Clauses JB of docs/semantics.md.
#include "actor/simple_work.hpp"
#include "carillon/runner/typed_task.hpp"
#include "carillon/testing/world.hpp"

#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

job later(int n) { return direct(n, "later"); }

// A node with one slot, whose task keeps its completion.
struct later_world {
  struct call {
    job_context context;
    completion done;
  };

  void add(int n, std::optional<duration> time_limit = std::nullopt) {
    auto what = later(n);
    what.time_limit = time_limit;
    BOOST_REQUIRE(world.ask<job>(node.store, add_job{what}));
  }
  job found(int n) { return node.state().find_job(later(n).id).or_throw(); }

  std::vector<call> calls;
  carillon::testing::world world{1};
  world_node& node =
      world.add_node({.slots = 1,
                      .tasks = {},
                      .code = {{"later", make_task_function([this](const job_context& context, completion done) {
                                  calls.push_back({context, std::move(done)});
                                })}}});
};

} // namespace

BOOST_AUTO_TEST_SUITE(completions)

BOOST_AUTO_TEST_CASE(the_slot_is_taken_until_the_completion_ends) {
  later_world w;
  w.add(1);
  w.add(2);
  w.world.run_for(1min); // with its lease renewed
  BOOST_REQUIRE_EQUAL(w.calls.size(), 1U);
  BOOST_TEST((w.found(1).state == job_state::running));
  BOOST_TEST((w.found(2).state == job_state::pending));
  w.calls[0].done.success(value{42});
  w.world.settle();
  BOOST_TEST((w.found(1).outcome == job_outcome::success));
  BOOST_TEST((w.found(1).result == value{42}));
  BOOST_REQUIRE_EQUAL(w.calls.size(), 2U);
  w.calls[0].done.fail("again"); // the first end counts
  w.world.settle();
  BOOST_TEST((w.found(1).outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(a_time_limit_asks_it_to_stop) {
  later_world w;
  w.add(1, 5s);
  w.world.run_for(4s);
  BOOST_TEST(!w.calls.at(0).context.cancelled().stop_requested());
  w.world.run_for(2s);
  BOOST_TEST(w.calls.at(0).context.cancelled().stop_requested());
  BOOST_TEST((w.found(1).state == job_state::running)); // cooperative
  w.calls.at(0).done.fail("half done");
  w.world.settle();
  BOOST_TEST((w.found(1).outcome == job_outcome::timed_out));
  BOOST_TEST(w.found(1).error_text == "stopped at its time limit: half done");
}

BOOST_AUTO_TEST_CASE(a_cancellation_asks_it_to_stop) {
  later_world w;
  w.add(1);
  const std::stop_callback obeys{w.calls.at(0).context.cancelled(), [&] { w.calls.at(0).done.fail(""); }};
  BOOST_REQUIRE(w.world.ask<job>(w.node.store, cancel_job{later(1).id}));
  w.world.settle();
  BOOST_TEST((w.found(1).outcome == job_outcome::cancelled));
}

BOOST_AUTO_TEST_CASE(one_that_is_dropped_is_an_error) {
  later_world w;
  w.add(1);
  w.calls.clear();
  w.world.settle();
  BOOST_TEST((w.found(1).outcome == job_outcome::error));
  BOOST_TEST(w.found(1).error_text == "the task has dropped its completion without an outcome");
}

BOOST_AUTO_TEST_CASE(a_lost_lease_asks_it_to_stop_and_the_next_attempt_waits_for_its_end) {
  later_world w;
  w.add(1);
  auto cut = w.world.drop(message<renew_leases>().to(w.node.store));
  w.world.run_for(11s);
  cut.stop();
  BOOST_TEST(w.calls.at(0).context.cancelled().stop_requested());
  BOOST_REQUIRE_EQUAL(w.calls.size(), 1U);
  w.calls[0].done.success("too late");
  w.world.settle();
  BOOST_REQUIRE_EQUAL(w.calls.size(), 2U);
  BOOST_TEST(w.calls[1].context.fencing_token() > w.calls[0].context.fencing_token());
  BOOST_TEST(!w.calls[1].context.cancelled().stop_requested());
  w.calls[1].done.success("in time");
  w.world.settle();
  BOOST_TEST((w.found(1).result == value{"in time"}));
}

BOOST_AUTO_TEST_CASE(a_node_that_stops_gives_it_its_grace_and_hands_the_job_back) {
  later_world w;
  w.add(1);
  bool drained = false;
  w.world.system().spawn([&](caf::event_based_actor* self) {
    self->request(w.node.executor, caf::infinite, drain_work{5s}).then([&](done) { drained = true; });
  });
  w.world.run_for(4s);
  BOOST_TEST(!w.calls.at(0).context.cancelled().stop_requested());
  w.world.run_for(2s);
  BOOST_TEST(w.calls.at(0).context.cancelled().stop_requested());
  BOOST_TEST(!drained); // it has a moment to end by itself
  w.world.run_for(2s);
  BOOST_TEST(drained);
  BOOST_TEST((w.found(1).state == job_state::pending));
  BOOST_TEST(w.found(1).lost_attempts == 0U);
  w.calls.at(0).done.success("too late");
  w.world.settle();
  BOOST_TEST((w.found(1).state == job_state::pending));
}

BOOST_AUTO_TEST_CASE(one_that_ends_within_the_grace_of_a_stop_is_recorded) {
  later_world w;
  w.add(1);
  bool drained = false;
  w.world.system().spawn([&](caf::event_based_actor* self) {
    self->request(w.node.executor, caf::infinite, drain_work{5s}).then([&](done) { drained = true; });
  });
  w.world.run_for(3s);
  w.calls.at(0).done.success("in time");
  w.world.settle();
  BOOST_TEST(drained);
  BOOST_TEST((w.found(1).result == value{"in time"}));
}

BOOST_AUTO_TEST_CASE(a_completion_may_outlive_its_node) {
  later_world w;
  w.add(1);
  w.world.crash(w.node);
  w.calls.at(0).done.success("too late"); // harms nobody
  w.calls.clear();
  w.world.settle();
  BOOST_TEST(w.calls.empty());
}

BOOST_AUTO_TEST_SUITE_END()
