// What is told, to whom. Clauses EV of docs/semantics.md.
#include "actor/simple_work.hpp"
#include "carillon/runner/typed_task.hpp"
#include "carillon/testing/probe.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

std::vector<event> all_events(world& world, const world_node& node) {
  return world.ask<page<event>>(node.broker, list_events{{}, {1'000, ""}}).or_throw().items;
}

event_filter only(std::vector<event_type> types) {
  event_filter filter;
  filter.types = std::move(types);
  return filter;
}

} // namespace

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE(every_event_of_the_model_happens) {
  world world{1};
  auto& node = world.add_node({.tasks = {"work", "gone"}});
  std::set<std::string> wanted{"task_added",          "task_updated",         "task_removed",
                               "schedule_added",      "schedule_updated",     "schedule_paused",
                               "schedule_resumed",    "schedule_removed",     "schedule_finished",
                               "job_added",           "job_acquired",         "job_released",
                               "job_finished",        "job_cancel_requested", "fire_skipped",
                               "scheduler_started",   "scheduler_stopped",    "job_deserialization_failed",
                               "stale_finish_refused"};
  task settings;
  settings.id = "work";
  settings.runner = "scripted";
  settings.max_running_jobs = 50;
  BOOST_REQUIRE(world.ask<done>(node.store, put_task{settings}));
  BOOST_REQUIRE(world.ask<done>(node.store, remove_task{"gone"}));

  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 5s)}));
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 6s), conflict_policy::replace}));
  BOOST_REQUIRE(world.ask<schedule>(node.store, pause_schedule{"s"}));
  world.run_for(30s);
  BOOST_REQUIRE(world.ask<schedule>(node.store, resume_schedule{"s"}));
  world.run_for(1s);
  BOOST_REQUIRE(world.ask<done>(node.store, remove_schedule{"s"}));
  auto once = every(world, 5s, "once");
  once.trigger = {date_definition{world.time().now().wall + 1s}};
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{once}));
  world.run_for(2s);

  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  const auto token = node.runner().running().back().what->held_by->token;
  BOOST_REQUIRE(world.ask<job>(node.store, cancel_job{direct(1).id}));
  world.settle();
  node.runner().finish(direct(1).id, attempt_result::failed(job_outcome::cancelled, "stopped"));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(2)}));
  node.runner().finish(direct(2).id, attempt_result::failed(job_outcome::deserialization_failed, "not a number"));
  world.settle();
  report_attempts late;
  late.finished.push_back({{direct(1).id, token - 1}, job_outcome::success, {}, {}, {}});
  late.level.holder = {"nobody", 0};
  BOOST_REQUIRE(world.ask<done>(node.store, late));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(3)}));
  BOOST_REQUIRE(world.ask<done>(node.scheduler, drain_work{}));
  BOOST_REQUIRE(world.ask<done>(
      node.store, report_attempts{{}, {{direct(3).id, node.runner().running().back().what->held_by->token}}, {}}));

  for (const auto& what : all_events(world, node))
    wanted.erase(std::string{to_string(what.type)});
  for (const auto& missing : wanted)
    BOOST_ERROR("there was no " << missing);
}

BOOST_AUTO_TEST_CASE(arguments_that_do_not_fit_are_told_before_the_end_of_the_job) {
  world world{1};
  world_node_config config;
  config.code = {{"count", make_task_function([](int n) { return n + 1; })}};
  auto& node = world.add_node(config);
  auto wrong = direct(1, "count");
  wrong.arguments = arguments("three");
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{wrong}));
  const auto types = only({event_type::job_added, event_type::job_acquired, event_type::job_deserialization_failed,
                           event_type::job_finished});
  const auto events = world.ask<page<event>>(node.broker, list_events{types, {}}).or_throw().items;
  BOOST_REQUIRE_EQUAL(events.size(), 4U);
  BOOST_TEST((events[2].type == event_type::job_deserialization_failed));
  BOOST_TEST(events[2].text == "argument 1: expected a whole number");
  BOOST_TEST((events[2].job == wrong.id));
  BOOST_TEST((events[3].type == event_type::job_finished));
  BOOST_TEST(events[2].number == events[3].number); // one transition
  BOOST_TEST(events[2].index < events[3].index);
  BOOST_TEST((node.state().find_job(wrong.id).or_throw().outcome == job_outcome::deserialization_failed));
}

BOOST_AUTO_TEST_CASE(a_subscriber_gets_what_its_filter_lets_through_from_its_number_on) {
  world world{1};
  auto& node = world.add_node();
  node.runner().script = [](const job&) { return attempt_result::success({}); };
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(2)}));
  const auto first = world.ask<page<event>>(node.broker, list_events{only({event_type::job_finished}), {}}).or_throw();
  BOOST_REQUIRE_EQUAL(first.items.size(), 2U);

  probe<subscriber_facet> subscriber{world, "subscriber"};
  subscriber.send(node.broker,
                  subscribe_events{subscriber.handle(), only({event_type::job_finished}), true, first.items[0].number});
  const auto replayed = subscriber.expect<deliver_events>();
  BOOST_REQUIRE_EQUAL(replayed.events.size(), 1U);
  BOOST_TEST((replayed.events[0] == first.items[1]));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(3)}));
  const auto live = subscriber.expect<deliver_events>();
  BOOST_REQUIRE_EQUAL(live.events.size(), 1U);
  BOOST_TEST((live.events[0].job == direct(3).id));
  BOOST_TEST(live.events[0].number > replayed.events[0].number);

  subscriber.send(node.broker, unsubscribe_events{subscriber.handle()});
  world.settle();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(4)}));
  BOOST_TEST(subscriber.waiting() == 0U);
}

BOOST_AUTO_TEST_CASE(a_scheduler_whose_process_dies_cannot_say_that_it_stopped) {
  world world{1};
  world_node_config config;
  auto& first = world.add_node(config);
  probe<subscriber_facet> subscriber{world, "subscriber"};
  subscriber.send(first.broker, subscribe_events{subscriber.handle(), only({event_type::scheduler_stopped}), false, 0});
  world.settle();
  world.crash(first);
  BOOST_TEST(subscriber.waiting() == 0U);
  auto& second = world.restart(config);
  const auto events = all_events(world, second);
  BOOST_TEST(std::ranges::count(events, event_type::scheduler_started, &event::type) == 1);
  BOOST_TEST(std::ranges::count(events, event_type::scheduler_stopped, &event::type) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
