#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

retry_policy attempts(std::uint32_t most, duration delay) {
  retry_policy policy;
  policy.max_attempts = most;
  policy.delay = delay;
  return policy;
}

job retried(int n, const retry_policy& policy) {
  auto made = direct(n);
  made.retry = policy;
  return made;
}

// Fails so often, then succeeds.
std::function<attempt_result(const job&)> failing(std::uint32_t times, job_outcome outcome = job_outcome::error) {
  return [=](const job& what) {
    return what.attempt <= times ? attempt_result::failed(outcome, "broken") : attempt_result::success("done");
  };
}

std::vector<duration> started_after(world_node& node, timestamp begin) {
  std::vector<duration> times;
  for (const auto& one : node.runner().started())
    times.push_back(*one->started_at - begin);
  return times;
}
using durations = std::vector<duration>;

std::vector<event_type> types_of(world& world, const world_node& node, const job_id& id) {
  std::vector<event_type> types;
  for (const auto& one : world.ask<page<event>>(node.broker, list_events{{}, {1'000, {}}}).or_throw().items)
    if (one.job == id)
      types.push_back(one.type);
  return types;
}

job find(const world_node& node, const job_id& id) { return node.state().find_job(id).or_throw(); }

} // namespace

BOOST_AUTO_TEST_SUITE(retries)

BOOST_AUTO_TEST_CASE(attempts_begin_when_their_delays_are_over) {
  world world{1};
  auto& node = world.add_node();
  node.runner().script = failing(3);
  const auto begin = world.time().now().wall;
  const auto what = retried(1, attempts(5, 2s));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{what}));
  world.run_for(1h);
  BOOST_TEST((started_after(node, begin) == durations{0s, 2s, 6s, 14s}));
  BOOST_TEST((find(node, what.id).outcome == job_outcome::success));
  using enum event_type;
  const std::vector<event_type> expected{job_added,           job_acquired,        job_retry_scheduled,
                                         job_acquired,        job_retry_scheduled, job_acquired,
                                         job_retry_scheduled, job_acquired,        job_finished};
  BOOST_TEST((types_of(world, node, what.id) == expected));
}

BOOST_AUTO_TEST_CASE(whoever_waits_for_the_job_waits_through_its_retries) {
  world world{2};
  auto& node = world.add_node();
  node.runner().script = failing(2);
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{retried(1, attempts(3, 10s))}));
  const auto finished = world.ask<job>(node.store, wait_for_job{retried(1, {}).id, 1min}, 2min);
  BOOST_REQUIRE(finished);
  BOOST_TEST((finished->result == value{"done"}));
  BOOST_TEST(finished->attempt == 3U);
}

BOOST_AUTO_TEST_CASE(a_retry_without_delay_may_come_with_the_answer_to_its_report) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    world world{seed};
    auto& node = world.add_node({.slots = 1});
    node.runner().script = failing(2);
    for (int n = 0; n < 3; ++n)
      BOOST_REQUIRE(world.ask<job>(node.store, add_job{retried(n, attempts(3, 0s))}));
    world.settle();
    for (int n = 0; n < 3; ++n)
      BOOST_TEST((find(node, retried(n, {}).id).outcome == job_outcome::success));
    BOOST_TEST(node.runner().started().size() == 9U);
  }
}

BOOST_AUTO_TEST_CASE(a_crash_while_a_job_waits_for_its_retry_changes_nothing) {
  world world{3};
  const world_node_config config;
  auto& first = world.add_node(config);
  first.runner().script = failing(1);
  const auto begin = world.time().now().wall;
  const auto what = retried(1, attempts(3, 1min));
  BOOST_REQUIRE(world.ask<job>(first.store, add_job{what}));
  world.run_for(30s);
  world.crash(first, true);
  auto& second = world.restart(config);
  second.runner().script = failing(1);
  world.run_for(29s);
  BOOST_TEST(second.runner().started().empty());
  world.run_for(2s);
  BOOST_TEST((started_after(second, begin) == durations{1min}));
  BOOST_TEST(find(second, what.id).attempt == 2U);
  BOOST_TEST(find(second, what.id).failed_attempts == 1U);
  BOOST_TEST((find(second, what.id).outcome == job_outcome::success));
  BOOST_TEST(second.state().check().or_throw().faults.empty());
}

BOOST_AUTO_TEST_CASE(a_retry_that_was_due_while_nothing_ran_begins_with_the_node) {
  world world{4};
  const world_node_config config;
  auto& first = world.add_node(config);
  first.runner().script = failing(1);
  BOOST_REQUIRE(world.ask<job>(first.store, add_job{retried(1, attempts(2, 10s))}));
  world.crash(first, true);
  world.run_for(1h);
  auto& second = world.restart(config);
  world.run_for(1s);
  BOOST_TEST(second.runner().running().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_attempt_that_is_lost_in_a_crash_does_not_count_as_failed) {
  world world{5};
  const world_node_config config;
  auto& first = world.add_node(config);
  const auto what = retried(1, attempts(2, 1s));
  BOOST_REQUIRE(world.ask<job>(first.store, add_job{what}));
  world.crash(first, true);
  auto& second = world.restart(config);
  world.run_for(1s);
  for (int failure = 0; failure < 2; ++failure) {
    BOOST_REQUIRE_EQUAL(second.runner().running().size(), 1U);
    second.runner().finish(what.id, attempt_result::failed(job_outcome::error, "broken"));
    world.run_for(2s);
  }
  BOOST_TEST(second.runner().started().size() == 2U);
  const auto ended = find(second, what.id);
  BOOST_TEST(ended.lost_attempts == 1U);
  BOOST_TEST(ended.failed_attempts == 2U);
  BOOST_TEST(ended.dead_letter);
}

BOOST_AUTO_TEST_CASE(a_job_is_cancelled_while_it_waits_for_its_retry) {
  world world{6};
  auto& node = world.add_node();
  node.runner().script = failing(9);
  const auto what = retried(1, attempts(5, 10s));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{what}));
  world.run_for(5s);
  BOOST_TEST((world.ask<job>(node.store, cancel_job{what.id}).or_throw().outcome == job_outcome::cancelled));
  world.run_for(1h);
  BOOST_TEST(node.runner().started().size() == 1U);
  BOOST_TEST(!find(node, what.id).dead_letter);
}

BOOST_AUTO_TEST_CASE(a_report_that_comes_twice_counts_once) {
  world world{7};
  auto& node = world.add_node();
  world.duplicate(message<report_attempts>().to(node.store));
  node.runner().script = failing(1);
  const auto what = retried(1, attempts(3, 10s));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{what}));
  world.run_for(1min);
  BOOST_TEST(node.runner().started().size() == 2U);
  BOOST_TEST(find(node, what.id).failed_attempts == 1U);
  for (const auto type : types_of(world, node, what.id))
    BOOST_TEST((type != event_type::stale_finish_refused));
}

BOOST_AUTO_TEST_CASE(jobs_of_a_schedule_are_tried_again_as_the_task_or_the_schedule_says) {
  world world{8};
  auto& node = world.add_node();
  node.runner().script = failing(1);
  task settings;
  settings.id = "work";
  settings.runner = "scripted";
  settings.retry = attempts(2, 3s);
  BOOST_REQUIRE(world.ask<done>(node.store, put_task{settings}));
  const auto begin = world.time().now().wall;
  schedule_definition silent;
  silent.id = "silent";
  silent.task = "work";
  silent.trigger = {date_definition{begin + 10s}};
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{silent}));
  auto said = silent;
  said.id = "said";
  said.trigger = {date_definition{begin + 20s}};
  said.retry = attempts(2, 5s);
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{said}));
  world.run_for(1min);
  BOOST_TEST((started_after(node, begin) == durations{10s, 13s, 20s, 25s}));
}

BOOST_AUTO_TEST_CASE(a_fire_time_waits_behind_a_job_that_waits_for_its_retry) {
  world world{9};
  auto& node = world.add_node();
  node.runner().script = failing(1);
  schedule_definition definition;
  definition.id = "s";
  definition.task = "work";
  definition.trigger = {interval_definition{10s, world.time().now().wall + 10s, std::nullopt}};
  definition.overlap = overlap_policy::skip;
  definition.retry = attempts(2, 15s);
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{definition}));
  world.run_for(29s); // fired at 10s, failed, tried again at 25s
  const auto skips = node.state().list_skips("s", {}).or_throw().items;
  BOOST_REQUIRE_EQUAL(skips.size(), 1U);
  BOOST_TEST((skips[0].reason == skip_reason::overlap));
  BOOST_TEST(node.runner().started().size() == 2U);
  BOOST_TEST((node.runner().started()[1]->id == node.runner().started()[0]->id));
  BOOST_TEST(node.state().check().or_throw().faults.empty());
}

BOOST_AUTO_TEST_CASE(a_dead_letter_is_listed_run_again_and_dropped) {
  world world{10};
  auto& node = world.add_node();
  node.runner().script = failing(9, job_outcome::crashed);
  const auto what = retried(1, attempts(2, 1s));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{what}));
  world.run_for(5s);
  const auto listed = world.ask<page<job>>(node.reader, list_dead_letters{}).or_throw().items;
  BOOST_REQUIRE_EQUAL(listed.size(), 1U);
  BOOST_TEST((listed[0].id == what.id));
  BOOST_TEST((listed[0].outcome == job_outcome::crashed));

  const auto again = retried(2, {}).id;
  BOOST_TEST((world.ask<job>(node.store, rerun_job{what.id, again}).or_throw().rerun_of == what.id));
  world.run_for(5s); // fails again
  BOOST_TEST((world.ask<page<job>>(node.reader, list_dead_letters{}).or_throw().items.at(0).id == again));
  BOOST_TEST(!world.ask<job>(node.store, drop_dead_letter{again}).or_throw().dead_letter);
  BOOST_TEST(world.ask<page<job>>(node.reader, list_dead_letters{}).or_throw().items.empty());
  using enum event_type;
  const std::vector<event_type> expected{job_added,    job_acquired,      job_retry_scheduled, job_acquired,
                                         job_finished, dead_letter_added, dead_letter_removed};
  BOOST_TEST((types_of(world, node, what.id) == expected));
  BOOST_TEST((types_of(world, node, again) == expected));
}

BOOST_AUTO_TEST_CASE(a_bad_policy_is_refused_with_the_name_of_its_field) {
  world world{11};
  auto& node = world.add_node();
  const auto refused = world.ask<job>(node.store, add_job{retried(1, attempts(2, -1s))}).err();
  BOOST_TEST((refused.code() == ec::invalid_argument));
  BOOST_TEST(refused.text() == "retry: delay: -1s is negative");
}

BOOST_AUTO_TEST_SUITE_END()
