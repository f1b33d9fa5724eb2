// Every way in which a job ends, message by message. Clauses JB of docs/semantics.md.
#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

struct one_job {
  explicit one_job(const world_node_config& config = {}) : node(world.add_node(config)) {}

  void add(job what) {
    const auto added = world.ask<job>(node.store, add_job{std::move(what)});
    BOOST_REQUIRE(added);
  }
  void end(job_outcome outcome, const std::string& why = "why") {
    node.runner().finish(direct(1).id, attempt_result::failed(outcome, why));
    world.settle();
  }
  job found() { return node.state().find_job(direct(1).id).or_throw(); }

  carillon::testing::world world{1};
  world_node& node;
};

} // namespace

BOOST_AUTO_TEST_SUITE(job_outcomes)

BOOST_AUTO_TEST_CASE(success_has_a_result) {
  one_job w;
  w.add(direct(1));
  w.node.runner().finish(direct(1).id, attempt_result::success(value{42}));
  w.world.settle();
  BOOST_TEST((w.found().outcome == job_outcome::success));
  BOOST_TEST((w.found().result == value{42}));
  BOOST_TEST(w.found().error_text.empty());
}

BOOST_AUTO_TEST_CASE(what_the_runner_says_is_recorded_with_its_text) {
  for (const auto outcome : {job_outcome::error, job_outcome::crashed, job_outcome::deserialization_failed}) {
    one_job w;
    w.add(direct(1));
    w.end(outcome, "why it failed");
    BOOST_TEST((w.found().outcome == outcome));
    BOOST_TEST(w.found().error_text == "why it failed");
    BOOST_TEST(w.found().finished_at.has_value());
  }
}

BOOST_AUTO_TEST_CASE(one_over_its_time_limit_is_told_to_stop_and_timed_out) {
  one_job w;
  auto slow = direct(1);
  slow.time_limit = 5s;
  w.add(slow);
  w.world.run_for(4s);
  BOOST_TEST(!w.node.runner().running().at(0).stop_asked);
  w.world.run_for(1s);
  BOOST_TEST((w.node.runner().running().at(0).stop_asked == stop_reason::timed_out));
  w.end(job_outcome::timed_out);
  BOOST_TEST((w.found().outcome == job_outcome::timed_out));
}

BOOST_AUTO_TEST_CASE(a_pending_job_that_is_cancelled_never_runs) {
  one_job w;
  auto later = direct(1);
  later.not_before = w.world.time().now().wall + 1h;
  w.add(later);
  BOOST_REQUIRE(w.world.ask<job>(w.node.store, cancel_job{later.id}));
  w.world.run_for(2h);
  BOOST_TEST((w.found().outcome == job_outcome::cancelled));
  BOOST_TEST(w.node.runner().started().empty());
}

BOOST_AUTO_TEST_CASE(a_running_job_that_is_cancelled_is_asked_to_stop_and_what_it_says_counts) {
  for (const auto outcome : {job_outcome::cancelled, job_outcome::success}) {
    one_job w;
    w.add(direct(1));
    BOOST_TEST(w.world.ask<job>(w.node.store, cancel_job{direct(1).id}).or_throw().cancel_requested);
    w.world.settle();
    BOOST_TEST((w.node.runner().running().at(0).stop_asked == stop_reason::cancelled));
    BOOST_TEST((w.found().state == job_state::running)); // cooperative: it runs until it says that it has ended
    w.end(outcome);
    BOOST_TEST((w.found().outcome == outcome));
  }
}

BOOST_AUTO_TEST_CASE(one_that_no_worker_takes_before_its_start_deadline_misses_it) {
  one_job w{{.slots = 1}};
  w.add(direct(2)); // takes the slot
  auto urgent = direct(1);
  urgent.start_deadline = w.world.time().now().wall + 10s;
  w.add(urgent);
  w.world.run_for(11s);
  w.node.runner().finish(direct(2).id);
  w.world.settle();
  BOOST_TEST((w.found().outcome == job_outcome::missed_start_deadline));
  BOOST_TEST(w.node.runner().started().size() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_begins_before_its_start_deadline_may_end_after_it) {
  one_job w;
  auto urgent = direct(1);
  urgent.start_deadline = w.world.time().now().wall + 10s;
  w.add(urgent);
  w.world.run_for(1min);
  w.end(job_outcome::success);
  BOOST_TEST((w.found().outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(one_that_is_lost_three_times_is_abandoned) {
  world world{1};
  world_node_config config;
  auto* node = &world.add_node(config);
  BOOST_REQUIRE(world.ask<job>(node->store, add_job{direct(1)}));
  for (std::uint32_t lost = 1; lost <= 3; ++lost) {
    BOOST_REQUIRE_EQUAL(node->runner().running().size(), 1U);
    world.crash(*node, true);
    node = &world.restart(config);
    world.settle();
    BOOST_TEST(node->state().find_job(direct(1).id).or_throw().lost_attempts == lost);
  }
  const auto ended = node->state().find_job(direct(1).id).or_throw();
  BOOST_TEST((ended.outcome == job_outcome::abandoned));
  BOOST_TEST(node->runner().started().empty());
}

BOOST_AUTO_TEST_CASE(one_whose_task_says_so_is_abandoned_at_the_first_loss) {
  world world{1};
  world_node_config config;
  auto& first = world.add_node(config);
  task once;
  once.id = "work";
  once.runner = "scripted";
  once.on_loss = loss_policy::abandon;
  BOOST_REQUIRE(world.ask<done>(first.store, put_task{once}));
  BOOST_REQUIRE(world.ask<job>(first.store, add_job{direct(1)}));
  world.crash(first, true);
  config.tasks = {}; // so that the settings stay
  auto& second = world.restart(config);
  world.settle();
  const auto known = second.state().find_job(direct(1).id).or_throw();
  BOOST_TEST((known.outcome == job_outcome::abandoned));
}

BOOST_AUTO_TEST_CASE(an_error_is_not_run_again_unless_its_task_asks) {
  one_job w;
  w.add(direct(1));
  w.end(job_outcome::error);
  w.world.run_for(24h);
  BOOST_TEST(w.node.runner().started().size() == 1U);
  BOOST_TEST((w.found().outcome == job_outcome::error));
}

BOOST_AUTO_TEST_CASE(a_worker_that_cannot_renew_stops_before_its_lease_ends_and_another_attempt_follows) {
  one_job w;
  w.add(direct(1));
  const auto old_token = w.node.runner().running().at(0).what->held_by->token;
  const auto cut = w.world.drop(message<renew_leases>().to(w.node.store));
  w.world.run_for(9s); // 4/5 of ten seconds, and what is left of a renewal's rhythm
  BOOST_TEST((w.node.runner().running().at(0).stop_asked == stop_reason::lease_lost));
  BOOST_TEST((w.found().held_by->token == old_token)); // the store waits for the whole lease
  w.world.run_for(2s);
  BOOST_TEST(w.found().lost_attempts == 1U);
  BOOST_TEST(w.node.runner().running().size() == 1U); // nothing runs beside its own leftover
  auto stop_cut = cut;
  stop_cut.stop();
  w.node.runner().finish(direct(1).id, attempt_result::success(value{"too late"}));
  w.world.settle();
  BOOST_REQUIRE_EQUAL(w.node.runner().running().size(), 1U);
  BOOST_TEST(w.node.runner().running()[0].what->held_by->token > old_token);
  w.end(job_outcome::success);
  BOOST_TEST((w.found().outcome == job_outcome::success));
  BOOST_TEST(w.found().attempt == 2U);
}

BOOST_AUTO_TEST_CASE(a_late_report_changes_nothing_and_is_told) {
  world world{1};
  world_node_config config;
  auto& first = world.add_node(config);
  BOOST_REQUIRE(world.ask<job>(first.store, add_job{direct(1)}));
  const auto old_token = first.runner().running().at(0).what->held_by->token;
  world.crash(first, true);
  auto& second = world.restart(config);
  world.settle();
  second.runner().finish(direct(1).id, attempt_result::success(value{"right"}));
  world.settle();
  report_attempts late;
  late.finished.push_back({{direct(1).id, old_token}, job_outcome::error, {}, "wrong", {}});
  BOOST_REQUIRE(world.ask<done>(second.store, late)); // an expected race, no error
  BOOST_TEST((second.state().find_job(direct(1).id).or_throw().result == value{"right"}));
  event_filter refused;
  refused.types = {event_type::stale_finish_refused};
  const auto events = world.ask<page<event>>(second.broker, list_events{refused, {}}).or_throw().items;
  BOOST_TEST(std::ranges::count(events, event_type::stale_finish_refused, &event::type) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
