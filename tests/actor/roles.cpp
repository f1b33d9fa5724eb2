// Who does what: roles of a node, and its identity over restarts. Clauses RO of docs/semantics.md.
#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"

#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

job due_at(int n, timestamp not_before) {
  auto made = direct(n);
  made.not_before = not_before;
  return made;
}

attempt_result at_once(const job&) { return attempt_result::success({}); }

std::string waits_for(world& world, const world_node& node, int n) {
  return world.ask<job_explanation>(node.store, explain_job{direct(n).id}).or_throw().waiting_for;
}

std::size_t count(world& world, const world_node& node, event_type type) {
  event_filter filter;
  filter.types = {type};
  const auto events = world.ask<page<event>>(node.broker, list_events{filter, {}}).or_throw().items;
  return static_cast<std::size_t>(std::ranges::count(events, type, &event::type));
}

} // namespace

BOOST_AUTO_TEST_SUITE(roles)

BOOST_AUTO_TEST_CASE(without_the_role_there_is_no_such_actor) {
  world world{1};
  const auto& client = world.add_node({.name = "client", .scheduler = false, .worker = false});
  BOOST_TEST(!client.scheduler);
  BOOST_TEST(!client.executor);
  const auto& worker = world.add_node({.name = "worker", .scheduler = false});
  BOOST_TEST(!worker.scheduler);
  BOOST_TEST(static_cast<bool>(worker.executor));
  const auto& scheduler = world.add_node({.name = "scheduler", .worker = false});
  BOOST_TEST(static_cast<bool>(scheduler.scheduler));
  BOOST_TEST(!scheduler.executor);
}

BOOST_AUTO_TEST_CASE(a_worker_alone_runs_jobs_and_fires_nothing) {
  world world{1};
  auto& node = world.add_node({.scheduler = false});
  node.runner().script = at_once;
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 5s)}));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  world.run_for(1min);
  BOOST_TEST(node.runner().started().size() == 1U);
  BOOST_TEST(node.state().list_jobs({}, {}).or_throw().items.size() == 1U);
  BOOST_TEST(count(world, node, event_type::scheduler_started) == 0U);
}

BOOST_AUTO_TEST_CASE(a_scheduler_alone_fires_and_its_jobs_wait_for_a_worker) {
  world world{1};
  world_node_config config{.worker = false};
  auto& node = world.add_node(config);
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 5s)}));
  world.run_for(12s);
  const auto waiting = node.state().list_jobs({"s", "", job_state::pending}, {}).or_throw().items;
  BOOST_REQUIRE(!waiting.empty());
  BOOST_TEST(world.ask<job_explanation>(node.store, explain_job{waiting[0].id}).or_throw().waiting_for ==
             "a worker: none offers the task \"work\" with the runner \"scripted\" now");
  world.stop(node);
  config.worker = true;
  auto& again = world.restart(config);
  again.runner().finish(waiting.back().id); // the oldest
  world.settle();
  BOOST_TEST((again.state().find_job(waiting.back().id).or_throw().outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(a_client_alone_answers_and_does_nothing) {
  world world{1};
  auto& node = world.add_node({.scheduler = false, .worker = false});
  BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{every(world, 5s)}));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  world.run_for(1min);
  BOOST_TEST((node.state().find_job(direct(1).id).or_throw().state == job_state::pending));
  BOOST_TEST(waits_for(world, node, 1) == "a worker: none offers the task \"work\" with the runner \"scripted\" now");
  BOOST_TEST(!node.state().find_schedule("s").or_throw().state.last_fire_time.has_value());
  BOOST_TEST((world.ask<job>(node.store, cancel_job{direct(1).id}).or_throw().outcome == job_outcome::cancelled));
  BOOST_TEST(waits_for(world, node, 1).empty());
}

BOOST_AUTO_TEST_CASE(a_pending_job_says_what_it_waits_for) {
  world world{1};
  auto& node = world.add_node({.slots = 1});
  const auto later = world.time().now().wall + 1h;
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{due_at(1, later)}));
  BOOST_TEST(waits_for(world, node, 1) == "its time, " + to_iso8601(later));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(2)}));
  BOOST_TEST(waits_for(world, node, 2).empty()); // it runs
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(3)}));
  BOOST_TEST(waits_for(world, node, 3) == "a free slot: all workers that offer its task are busy");
  BOOST_TEST((world.ask<job_explanation>(node.store, explain_job{direct(9).id}).err().code() == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_limit_is_named_as_what_a_job_waits_for) {
  world world{1};
  auto& node = world.add_node();
  task alone;
  alone.id = "work";
  alone.runner = "scripted";
  alone.max_running_jobs = 1;
  BOOST_REQUIRE(world.ask<done>(node.store, put_task{alone}));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(2)}));
  BOOST_TEST(waits_for(world, node, 2) == "its turn: a limit, a rate or an earlier job holds it back");
}

BOOST_AUTO_TEST_CASE(a_worker_that_has_gone_offers_nothing) {
  world world{1};
  auto& node = world.add_node();
  caf::anon_send_exit(node.executor, caf::exit_reason::kill);
  world.settle();
  BOOST_REQUIRE(world.ask<job>(node.store, add_job{direct(1)}));
  BOOST_TEST((node.state().find_job(direct(1).id).or_throw().state == job_state::pending)); // handed out to nobody
  BOOST_TEST(waits_for(world, node, 1).starts_with("a worker: none offers"));
}

BOOST_AUTO_TEST_CASE(a_scheduler_that_begins_and_ends_its_work_says_so) {
  world world{1};
  auto& node = world.add_node({.name = "here"});
  event_filter filter;
  filter.types = {event_type::scheduler_started, event_type::scheduler_stopped};
  const auto events = [&] { return world.ask<page<event>>(node.broker, list_events{filter, {}}).or_throw().items; };
  BOOST_REQUIRE_EQUAL(events().size(), 1U);
  BOOST_TEST((events()[0].type == event_type::scheduler_started));
  BOOST_TEST(events()[0].executor == "here");
  BOOST_REQUIRE(world.ask<done>(node.scheduler, drain_work{}));
  BOOST_REQUIRE_EQUAL(events().size(), 2U);
  BOOST_TEST((events()[1].type == event_type::scheduler_stopped));
  BOOST_TEST(events()[1].executor == "here");
}

BOOST_AUTO_TEST_CASE(a_start_that_could_not_be_written_is_told_when_the_store_works_again) {
  world world{1};
  auto& node = world.add_node({.worker = false});
  BOOST_REQUIRE(world.ask<done>(node.scheduler, drain_work{}));
  const auto before = count(world, node, event_type::scheduler_started);
  node.disk().fail_write(1, {ec::disk_full, "no space left"});
  BOOST_REQUIRE(!world.ask<job>(node.store, add_job{direct(1)})); // now the store can't be opened
  caf::anon_send(node.scheduler, begin_work{});
  world.run_for(3s);
  BOOST_TEST(count(world, node, event_type::scheduler_started) == before);
  node.disk().repair();
  world.run_for(5s);
  BOOST_TEST(count(world, node, event_type::scheduler_started) == before + 1);
}

BOOST_AUTO_TEST_CASE(a_node_stopped_in_order_leaves_its_waiting_jobs_to_the_next_process) {
  world world{1};
  world_node_config config;
  auto& first = world.add_node(config);
  BOOST_REQUIRE(world.ask<job>(first.store, add_job{due_at(1, world.time().now().wall + 1h)}));
  world.stop(first);
  auto& second = world.restart(config);
  second.runner().script = at_once;
  world.run_for(2h);
  const auto done = second.state().find_job(direct(1).id).or_throw();
  BOOST_TEST((done.outcome == job_outcome::success));
  BOOST_TEST(done.attempt == 1U);
}

BOOST_AUTO_TEST_CASE(a_new_process_frees_what_the_old_one_held_at_once_also_with_the_clock_set_back) {
  world world{7};
  world_node_config config;
  auto& first = world.add_node(config);
  BOOST_REQUIRE(world.ask<job>(first.store, add_job{direct(1)}));
  const auto before = first.runner().running().at(0).what->held_by.value();
  world.crash(first, true);
  world.step_wall_clock(-24h);
  auto& second = world.restart(config); // its lease would last for ten seconds
  world.settle();
  BOOST_REQUIRE_EQUAL(second.runner().running().size(), 1U);
  const auto& again = *second.runner().running()[0].what;
  BOOST_TEST(again.attempt == 2U);
  BOOST_TEST(again.lost_attempts == 1U);
  BOOST_TEST(again.held_by->executor == before.executor);
  BOOST_TEST(again.held_by->process > before.process);
  BOOST_TEST(again.held_by->token > before.token);
}

BOOST_AUTO_TEST_SUITE_END()
