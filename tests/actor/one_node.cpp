#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"

#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

std::vector<job> all_jobs(const world_node& node) {
  auto jobs = node.state().list_jobs({}, {1'000, ""}).or_throw().items;
  std::reverse(jobs.begin(), jobs.end());
  return jobs;
}

attempt_result at_once(const job&) { return attempt_result::success({}); }

} // namespace

BOOST_AUTO_TEST_SUITE(one_node)

BOOST_AUTO_TEST_CASE(a_schedule_fires_at_its_fire_times) {
  world world{1};
  auto& node = world.add_node();
  node.runner().script = at_once;
  const auto begin = world.time().now().wall;
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 5s)}));
  world.run_for(21s);
  const auto jobs = all_jobs(node);
  BOOST_REQUIRE(jobs.size() == 4u);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    BOOST_TEST((*jobs[i].scheduled_fire_time == begin + (i + 1) * 5s));
    BOOST_TEST((jobs[i].state == job_state::finished));
    BOOST_TEST((jobs[i].outcome == job_outcome::success));
    BOOST_TEST((*jobs[i].started_at == begin + (i + 1) * 5s)); // in virtual time nothing is late
  }
}

BOOST_AUTO_TEST_CASE(plans_that_are_made_ahead_fire_at_their_fire_times) {
  world world{1};
  auto& node = world.add_node({.store = {.plan_ahead = 100ms}});
  node.runner().script = at_once;
  const auto begin = world.time().now().wall;
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 5s)}));
  world.run_for(5s - 50ms);
  BOOST_TEST(all_jobs(node).empty()); // it is planned, and not decided
  // What becomes due earlier, while a plan is held, isn't held up.
  auto sooner = every(world, 1h);
  sooner.id = "sooner";
  sooner.trigger = {date_definition{begin + 5s - 10ms}};
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{sooner}));
  world.run_for(16s);
  const auto jobs = all_jobs(node);
  BOOST_REQUIRE(jobs.size() == 5u);
  for (const auto& one : jobs) {
    BOOST_TEST((one.created_at == *one.scheduled_fire_time));
    BOOST_TEST((*one.started_at == *one.scheduled_fire_time));
  }
  BOOST_TEST(jobs[0].schedule_id == "sooner");
}

BOOST_AUTO_TEST_CASE(a_plan_made_ahead_counts_for_nothing_when_something_has_changed) {
  world world{1};
  auto& node = world.add_node({.store = {.plan_ahead = 100ms}});
  node.runner().script = at_once;
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 5s)}));
  world.run_for(5s - 50ms);
  BOOST_REQUIRE(world.ask<schedule>(node.store, pause_schedule{every(world, 5s).id}));
  world.run_for(10s);
  BOOST_TEST(all_jobs(node).empty());
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_makes_a_plan_anew) {
  world world{1};
  auto& node = world.add_node({.store = {.plan_ahead = 100ms}});
  node.runner().script = at_once;
  auto hourly = every(world, 1h);
  hourly.misfire_grace_time = 1min;
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{hourly}));
  world.run_for(1h - 50ms);
  world.step_wall_clock(90min); // it is half an hour late
  world.run_for(10s);
  BOOST_TEST(all_jobs(node).empty());
  BOOST_TEST(node.state().list_skips(hourly.id, {}).or_throw().items.size() > 0u);
  world.step_wall_clock(-60min);
  world.run_for(2h);
  for (const auto& one : all_jobs(node))
    BOOST_TEST((one.created_at == *one.scheduled_fire_time));
}

BOOST_AUTO_TEST_CASE(what_was_planned_by_a_clock_that_is_set_back_fires_by_the_new_one) {
  for (const duration back : {duration{1s}, duration{1h}}) {
    world world{1};
    auto& node = world.add_node({.store = {.plan_ahead = 100ms}});
    node.runner().script = at_once;
    BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 10min)}));
    world.run_for(10min - 50ms);
    world.step_wall_clock(-back);
    world.run_for(10min + back);
    BOOST_TEST(all_jobs(node).size() > 0u);
    for (const auto& one : all_jobs(node))
      BOOST_TEST((one.created_at == *one.scheduled_fire_time));
  }
}

BOOST_AUTO_TEST_CASE(a_commit_that_takes_long_makes_no_later_fire_late) {
  world world{1};
  auto& node = world.add_node();
  node.runner().script = at_once;
  const auto begin = world.time().now().wall;
  for (const auto& [id, in] : {std::pair{"sooner", 5s}, std::pair{"later", 8s}}) {
    auto once = every(world, 1h);
    once.id = id;
    once.trigger = {date_definition{begin + in}};
    BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{once}));
  }
  world.delay(message<fire_plans_committed>(), 2s, 1);
  world.run_for(20s);
  const auto jobs = all_jobs(node);
  BOOST_REQUIRE(jobs.size() == 2u);
  for (const auto& one : jobs)
    BOOST_TEST((one.created_at == *one.scheduled_fire_time));
}

BOOST_AUTO_TEST_CASE(an_idle_node_sends_nothing) {
  world world{1};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 24h)}));
  world.run_for(30s); // the time limits of the first requests are over
  world.record_trace(true);
  world.run_for(10min);
  BOOST_TEST(world.trace().size() <= 10u * 6); // the scheduler looks at the clock once a minute
}

BOOST_AUTO_TEST_CASE(a_result_can_be_waited_for) {
  world world{2};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  BOOST_REQUIRE(node.runner().running().size() == 1u);
  auto late = world.ask<job>(node.store, wait_for_job{direct(1).id, 3s});
  BOOST_TEST((late.err().code() == ec::timed_out));
  node.runner().finish(direct(1).id, attempt_result::success(value{42}));
  auto finished = world.ask<job>(node.store, wait_for_job{direct(1).id, 3s});
  BOOST_REQUIRE(finished);
  BOOST_TEST((finished->result == value{42}));
  BOOST_TEST((world.ask<job>(node.store, wait_for_job{direct(9).id, 3s}).err().code() == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_wait_that_nobody_lives_to_end_is_refused) {
  world world{2};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  world.keep_messages(keep::types); // CAF would print the length in nanoseconds, which overflow
  const auto refused = world.ask<job>(node.store, wait_for_job{direct(1).id, duration::max()}).err();
  BOOST_TEST((refused.code() == ec::limit_exceeded));
  BOOST_TEST(refused.text() == "limit: more than 10,000 years");
  BOOST_TEST((world.ask<job>(node.store, wait_for_job{direct(1).id, -1s}).err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(never_more_jobs_run_than_there_are_slots) {
  world world{3};
  auto& node = world.add_node({.slots = 3});
  for (int n = 0; n < 20; ++n)
    BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(n)}));
  std::size_t finished = 0;
  while (!node.runner().running().empty()) {
    BOOST_TEST(node.runner().running().size() <= 3u);
    node.runner().finish(node.runner().running().front().what->id);
    ++finished;
    world.settle();
  }
  BOOST_TEST(finished == 20u);
}

BOOST_AUTO_TEST_CASE(every_slot_is_used) {
  world world{15};
  auto& node = world.add_node({.slots = 5});
  for (int n = 0; n < 7; ++n)
    BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(n)}));
  BOOST_TEST(node.runner().running().size() == 5u); // each came in a hand-out of its own, and none has ended
}

BOOST_AUTO_TEST_CASE(jobs_that_a_batch_has_no_room_for_follow_at_once) {
  world world{4};
  world_node_config config;
  config.slots = 16;
  auto& node = world.add_node(config);
  for (int n = 0; n < 16; ++n) { // 16 times 900 kB, where a batch takes 4 MiB
    auto large = direct(n);
    large.arguments = std::string(900'000, 'x');
    large.not_before = world.time().now().wall + 10s;
    BOOST_REQUIRE(world.ask<job>(node.store, add_job{large}));
  }
  world.run_for(10s);
  BOOST_TEST(node.runner().running().size() == 16u);
}

BOOST_AUTO_TEST_CASE(a_job_past_its_time_limit_is_stopped) {
  world world{4};
  auto& node = world.add_node();
  auto slow = direct(1);
  slow.time_limit = 5s;
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{slow}));
  world.run_for(4s);
  BOOST_REQUIRE(node.runner().running().size() == 1u);
  BOOST_TEST(!node.runner().running()[0].stop_asked);
  world.run_for(2s);
  BOOST_TEST((node.runner().running()[0].stop_asked == stop_reason::timed_out));
  node.runner().finish(slow.id, attempt_result::failed(job_outcome::timed_out, "stopped"));
  world.settle();
  BOOST_TEST((node.state().find_job(slow.id).or_throw().outcome == job_outcome::timed_out));
}

BOOST_AUTO_TEST_CASE(a_running_job_can_be_cancelled) {
  world world{5};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  BOOST_REQUIRE(world.ask<job>(node.store, cancel_job{direct(1).id}));
  world.settle();
  BOOST_TEST((node.runner().running().at(0).stop_asked == stop_reason::cancelled));
  node.runner().finish(direct(1).id, attempt_result::failed(job_outcome::cancelled, "stopped"));
  world.settle();
  BOOST_TEST((node.state().find_job(direct(1).id).or_throw().outcome == job_outcome::cancelled));
}

BOOST_AUTO_TEST_CASE(a_long_job_keeps_its_lease) {
  world world{6};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  world.run_for(5min);
  BOOST_REQUIRE(node.runner().running().size() == 1u);
  BOOST_TEST(!node.runner().running()[0].stop_asked);
  BOOST_TEST(node.runner().started().size() == 1u);
}

BOOST_AUTO_TEST_CASE(jobs_of_a_crashed_node_run_again_with_a_higher_token) {
  world world{7};
  world_node_config config;
  auto& first = world.add_node(config);
  BOOST_REQUIRE(world.ask<job>(first.store, add_job{direct(1)}));
  BOOST_REQUIRE(first.runner().running().size() == 1u);
  const auto old_token = first.runner().running()[0].what->held_by->token;
  world.crash(first, true);
  auto& second = world.restart(config);
  world.run_for(1s);
  BOOST_REQUIRE(second.runner().running().size() == 1u);
  const auto& again = *second.runner().running()[0].what;
  BOOST_TEST(again.held_by->token > old_token);
  BOOST_TEST(again.attempt == 2u);
  second.runner().finish(again.id);
  world.settle();
  BOOST_TEST((second.state().find_job(again.id).or_throw().outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(downtime_is_decided_and_recorded) {
  world world{8};
  world_node_config config;
  auto& first = world.add_node(config);
  first.runner().script = at_once;
  BOOST_REQUIRE(world.ask<schedule>(first.store, add_schedule{every(world, 10s)}));
  world.run_for(35s);
  world.crash(first, true);
  world.run_for(1h);
  auto& second = world.restart(config);
  second.runner().script = at_once;
  world.run_for(1s);
  BOOST_TEST(all_jobs(second).size() == 4u); // three before, one for the whole downtime
  const auto skips = second.state().list_skips("s", {}).or_throw().items;
  BOOST_REQUIRE(skips.size() == 1u);
  BOOST_TEST((skips[0].reason == skip_reason::coalesced));
  BOOST_TEST(second.state().check().or_throw().faults.empty());
}

BOOST_AUTO_TEST_CASE(events_come_in_commit_order_after_their_commit) {
  world world{9};
  auto& node = world.add_node();
  node.runner().script = at_once;
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 1s)}));
  world.run_for(3s);
  const auto events = world.ask<page<event>>(node.broker, list_events{}).or_throw().items;
  BOOST_REQUIRE(events.size() > 6u);
  for (std::size_t i = 1; i < events.size(); ++i)
    BOOST_TEST((events[i - 1].number < events[i].number ||
                (events[i - 1].number == events[i].number && events[i - 1].index < events[i].index)));
}

BOOST_AUTO_TEST_CASE(a_write_that_failed_is_reported_and_followed_by_no_event) {
  world world{10};
  auto& node = world.add_node();
  const auto before = world.ask<page<event>>(node.broker, list_events{}).or_throw().items.size();
  node.disk().fail_write(1, {ec::disk_full, "no space left"});
  const auto refused = world.ask<job>(node.store, add_job{direct(1)});
  BOOST_TEST((refused.err().code() == ec::disk_full));
  BOOST_TEST(world.ask<page<event>>(node.broker, list_events{}).or_throw().items.size() == before);
  BOOST_TEST(node.runner().started().empty());
  node.disk().repair();
  world.run_for(2s);
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  world.settle();
  BOOST_TEST(node.runner().started().size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_durability_a_job_whose_write_fails_may_have_begun) {
  world world{17};
  auto& node = world.add_node({.store = {.level = durability::none}});
  node.disk().fail_write(1, {ec::disk_full, "no space left"});
  const auto refused = world.ask<job>(node.store, add_job{direct(1)});
  BOOST_TEST((refused.err().code() == ec::disk_full));
  world.settle();
  BOOST_TEST(node.runner().started().size() == 1u);
  node.disk().repair();
  world.run_for(2s);
  BOOST_TEST(!world.ask<job>(node.reader, find_job{direct(1).id})); // nobody was told that it is there
}

BOOST_AUTO_TEST_CASE(a_store_that_failed_comes_back_however_often_it_is_asked) {
  world world{16};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  node.disk().fail_write(1, {ec::disk_full, "no space left"});
  node.runner().finish(direct(1).id); // the executor asks again and again
  BOOST_TEST(!world.ask<job>(node.store, add_job{direct(2)}));
  node.disk().repair();
  for (int n = 0; n < 30; ++n) { // for three seconds, ten times a second
    caf::anon_send(node.store, offer_demand{});
    world.run_for(100ms);
  }
  BOOST_TEST((node.state().find_job(direct(1).id).or_throw().state == job_state::finished));
}

BOOST_AUTO_TEST_CASE(a_finish_is_reported_again_until_the_store_takes_it) {
  world world{11};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  node.disk().fail_write(1, {ec::disk_full, "no space left"});
  node.runner().finish(direct(1).id);
  world.run_for(3s);
  node.disk().repair();
  world.run_for(3s);
  BOOST_TEST((node.state().find_job(direct(1).id).or_throw().outcome == job_outcome::success));
  BOOST_TEST(node.runner().started().size() == 1u);
}

BOOST_AUTO_TEST_CASE(whoever_asks_to_drain_is_answered_also_beside_others) {
  world world{14};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  int answers = 0;
  node.system().spawn([&](caf::event_based_actor* self) {
    for (int i = 0; i < 2; ++i) {
      self->request(node.executor, caf::infinite, drain_work{5s}).then([&](done) { ++answers; });
      self->request(node.scheduler, caf::infinite, drain_work{}).then([&](done) { ++answers; });
    }
  });
  world.run_for(1s);
  BOOST_TEST(answers == 2); // the scheduler's: it runs nothing
  node.runner().finish(direct(1).id, attempt_result::success({}));
  world.settle();
  BOOST_TEST(answers == 4);
}

BOOST_AUTO_TEST_CASE(draining_hands_back_what_does_not_end) {
  world world{14};
  auto& node = world.add_node();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  bool drained = false;
  node.system().spawn([&](caf::event_based_actor* self) {
    self->request(node.executor, caf::infinite, drain_work{5s}).then([&](done) { drained = true; });
  });
  world.run_for(4s);
  BOOST_TEST(!node.runner().running().at(0).stop_asked);
  world.run_for(2s);
  BOOST_TEST((node.runner().running().at(0).stop_asked == stop_reason::node_stops));
  node.runner().finish(direct(1).id, attempt_result::failed(job_outcome::cancelled, ""));
  world.settle();
  BOOST_TEST(drained);
  const auto released = node.state().find_job(direct(1).id).or_throw();
  BOOST_TEST((released.state == job_state::pending));
  BOOST_TEST(released.lost_attempts == 0u);
}

BOOST_AUTO_TEST_CASE(when_a_node_is_drained_nothing_is_on_its_way_to_it) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    world world{seed};
    auto& node = world.add_node();
    bool drained = false;
    caf::anon_send(node.store, add_job{direct(1)}); // handed out, or not any more
    node.system().spawn([&](caf::event_based_actor* self) {
      self->request(node.executor, caf::infinite, drain_work{1s}).then([&](done) { drained = true; });
    });
    const auto obey_until_drained = [&] {
      const auto& running = node.runner().running();
      if (!running.empty() && running[0].stop_asked)
        node.runner().finish(direct(1).id, attempt_result::failed(job_outcome::cancelled, ""));
      return drained;
    };
    world.run_until(obey_until_drained, 1min);
    BOOST_TEST_REQUIRE(drained);
    const auto started = node.runner().started().size();
    world.settle();
    BOOST_TEST(node.runner().started().size() == started);
    BOOST_TEST((node.state().find_job(direct(1).id).or_throw().state == job_state::pending));
  }
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run) {
  const auto run = [](std::uint64_t seed) {
    world world{seed};
    auto& node = world.add_node();
    node.runner().script = at_once;
    world.record_trace(true);
    for (const auto* id : {"a", "b", "c"})
      BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 3s, id)}));
    world.run_for(30s);
    return world.trace().size();
  };
  BOOST_TEST(run(42) == run(42));
}

BOOST_AUTO_TEST_SUITE_END()
