// Priorities, follow-ups and runs that are asked for, by the actors' messages.
#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

job find(const world_node& node, const job_id& id) { return node.state().find_job(id).or_throw(); }

} // namespace

BOOST_AUTO_TEST_SUITE(follow_ups)

BOOST_AUTO_TEST_CASE(of_jobs_that_wait_for_a_slot_the_one_with_the_highest_priority_begins) {
  world world{1};
  auto& node = world.add_node({.slots = 1});
  for (int n = 1; n <= 4; ++n) {
    auto what = direct(n);
    what.priority = n == 1 ? 0 : n;
    BOOST_REQUIRE(world.ask<job>(node.store, add_job{what}));
  }
  for (int n = 1; n <= 4; ++n) {
    world.settle();
    BOOST_TEST_REQUIRE(node.runner().running().size() == 1U);
    node.runner().finish(node.runner().running()[0].what->id);
  }
  std::vector<std::int32_t> order;
  for (const auto& one : node.runner().started())
    order.push_back(one->priority);
  BOOST_TEST((order == std::vector<std::int32_t>{0, 4, 3, 2}));
}

BOOST_AUTO_TEST_CASE(a_follow_up_begins_with_the_end_of_its_job_and_knows_its_result) {
  world world{2};
  auto& node = world.add_node();
  node.runner().script = [](const job& what) {
    return what.follows ? attempt_result::success("second") : attempt_result::success("first");
  };
  auto what = direct(1);
  what.follow_ups = {{follow_up_trigger::success, what.task, "after", 0, {}},
                     {follow_up_trigger::failure, what.task, "never", 0, {}}};
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{what}));
  world.run_for(1s);
  BOOST_TEST_REQUIRE(node.runner().started().size() == 2U);
  const auto& second = *node.runner().started()[1];
  BOOST_TEST((second.arguments == value{"after"}));
  BOOST_REQUIRE(second.follows);
  BOOST_TEST((second.follows->id == what.id));
  BOOST_TEST((second.follows->result == value{"first"}));
  BOOST_TEST((second.started_at == find(node, what.id).finished_at));
  BOOST_TEST((find(node, second.id).result == value{"second"}));
}

BOOST_AUTO_TEST_CASE(of_jobs_with_one_key_one_is_added) {
  world world{4};
  auto& node = world.add_node();
  const auto add = [&](int n) {
    auto what = direct(n);
    what.unique = unique_key{"import", std::nullopt};
    return world.ask<job>(node.store, add_job{what}).or_throw().id;
  };
  BOOST_TEST((add(1) == direct(1).id));
  BOOST_TEST((add(2) == direct(1).id));
  world.settle();
  node.runner().finish(direct(1).id);
  world.settle();
  BOOST_TEST((add(3) == direct(3).id));
  world.settle();
  BOOST_TEST(node.runner().started().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_rate_holds_across_executors_and_nothing_waits_longer_than_it_must) {
  world world{5};
  auto& first = world.add_node({.name = "a"});
  auto& second = world.add_node({.name = "b", .joins = "a"});
  for (auto* node : {&first, &second})
    node->runner().script = [](const job&) { return attempt_result::success({}); };
  world.run_for(10s); // they have met
  const auto begin = world.time().now().wall;
  for (int n = 0; n < 20; ++n) {
    auto what = direct(n);
    what.rate = rate_limit{"host", {5, 1min}};
    BOOST_REQUIRE(world.ask<job>(first.store, add_job{what}));
  }
  world.run_for(1h);
  std::map<std::int64_t, int> by_minute;
  for (auto* node : {&first, &second})
    for (const auto& one : node->runner().started())
      ++by_minute[(*one->started_at - begin) / 1min];
  BOOST_TEST((by_minute == std::map<std::int64_t, int>{{0, 5}, {1, 5}, {2, 5}, {3, 5}}));
}

BOOST_AUTO_TEST_CASE(a_schedule_runs_when_asked) {
  world world{3};
  auto& node = world.add_node();
  auto definition = every(world, 1h, "hourly");
  definition.paused = true;
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{definition, conflict_policy::fail}));
  const auto asked = run_schedule{"hourly", direct(7).id};
  BOOST_TEST((world.ask<job>(node.store, asked).or_throw().id == direct(7).id));
  BOOST_TEST((world.ask<job>(node.store, asked).or_throw().id == direct(7).id));
  world.run_for(1s);
  BOOST_TEST(node.runner().started().size() == 1U);
  node.runner().finish(direct(7).id);
  world.settle();
  BOOST_TEST((find(node, direct(7).id).outcome == job_outcome::success));
  const auto refused = world.ask<job>(node.store, run_schedule{"nobody", direct(8).id});
  BOOST_TEST((refused.err().code() == ec::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
