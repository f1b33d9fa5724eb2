// Several nodes of one store, and the network between them.
#include "actor/errors.hpp"
#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"
#include "cluster/spawn.hpp"
#include "codec/records.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

/// A node with the store and the scheduler, and two that work for it.
struct three_nodes {
  explicit three_nodes(std::uint32_t slots = 1) {
    world_node_config store;
    store.name = "store";
    store.worker = false;
    hub = &w.add_node(store);
    for (const auto* name : {"left", "right"})
      workers[name] = &w.add_node(worker(name, slots));
    w.run_for(1s);
  }
  static world_node_config worker(const std::string& name, std::uint32_t slots) {
    world_node_config made;
    made.name = name;
    made.joins = "store";
    made.scheduler = false;
    made.slots = slots;
    return made;
  }
  [[nodiscard]] job find(int number) const { return hub->state().find_job(direct(number).id).or_throw(); }
  /// A gate beside that of the world.
  [[nodiscard]] gate_actor gate() {
    return cluster::spawn_gate(hub->system(), {"mine", {.name = "hub"}, 1, &hub->time()},
                               {{}, hub->store, hub->reader, hub->broker, hub->job_log, 0, 10s, "store"});
  }
  std::string holder(int number) const { return find(number).held_by ? find(number).held_by->executor : ""; }

  world w{1};
  world_node* hub;
  std::map<std::string, world_node*> workers;
};

hello_node hello(const std::string& name, std::uint64_t process = 0, const std::string& cluster = "mine") {
  return {cluster, protocol_version, codec::encode(node_greeting{{.name = name}, process, "store", {}})};
}

} // namespace

BOOST_AUTO_TEST_SUITE(network)

BOOST_AUTO_TEST_CASE(jobs_go_to_the_nodes_that_have_joined) {
  three_nodes c;
  for (int n = 0; n < 2; ++n)
    BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(n)}));
  BOOST_TEST(c.workers["left"]->runner().running().size() == 1u);
  BOOST_TEST(c.workers["right"]->runner().running().size() == 1u);
  const auto first = c.workers["left"]->runner().running().at(0).what->id;
  c.workers["left"]->runner().finish(first);
  c.w.settle();
  BOOST_TEST((c.hub->state().find_job(first).or_throw().outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(the_jobs_of_a_killed_worker_go_on_elsewhere_at_once) {
  three_nodes c;
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  const auto first = c.holder(1);
  const auto other = first == "left" ? "right" : "left";
  c.w.crash(*c.workers[first]);
  c.w.settle();
  BOOST_TEST(c.holder(1) == other);
  BOOST_TEST(c.workers[other]->runner().running().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_cut_off_stops_before_another_begins) {
  three_nodes c;
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  const auto first = c.holder(1);
  const auto other = first == "left" ? "right" : "left";
  c.w.cut("store", first);
  auto& runner = c.workers[first]->runner();
  BOOST_REQUIRE(c.w.run_until([&] { return runner.running().at(0).stop_asked.has_value(); }, 10s));
  BOOST_TEST((runner.running().at(0).stop_asked == stop_reason::lease_lost));
  BOOST_TEST(c.workers[other]->runner().running().empty());
  runner.finish(direct(1).id, attempt_result::failed(job_outcome::cancelled, "stopped"));
  BOOST_TEST(c.w.run_until([&] { return c.holder(1) == other; }, 11s));
  c.w.run_for(30s);
  c.w.mend("store", first);
  c.w.run_for(10s);
  // It takes part again.
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(2)}));
  BOOST_TEST(c.holder(2) == first);
}

BOOST_AUTO_TEST_CASE(jobs_outlive_a_restart_of_the_store) {
  three_nodes c;
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  const auto first = c.holder(1);
  world_node_config again;
  again.name = "store";
  again.worker = false;
  c.w.crash(*c.hub);
  c.w.run_for(3s);
  c.hub = &c.w.restart(again);
  c.w.run_for(10s);
  BOOST_TEST(c.holder(1) == first);
  auto& runner = c.workers[first]->runner();
  BOOST_REQUIRE(runner.running().size() == 1u);
  BOOST_TEST(!runner.running().at(0).stop_asked.has_value());
  runner.finish(direct(1).id);
  c.w.settle();
  BOOST_TEST((c.find(1).outcome == job_outcome::success));
  BOOST_TEST(c.find(1).lost_attempts == 0u);
}

BOOST_AUTO_TEST_CASE(workers_that_outlive_a_store_work_for_another_one) {
  three_nodes c;
  for (int n = 0; n < 30; ++n) // the first store counts far
    BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(n)}));
  world_node_config another;
  another.name = "store";
  another.worker = false;
  another.open_store = [](const store_config& config) { return open_memory_store(config); };
  c.w.crash(*c.hub);
  c.w.run_for(1s);
  c.hub = &c.w.restart(another);
  c.w.run_for(10s);
  for (auto& [name, node] : c.workers) {
    for (const auto& running : node->runner().running())
      BOOST_TEST((running.stop_asked == stop_reason::lease_lost));
    while (!node->runner().running().empty())
      node->runner().finish(node->runner().running().front().what->id);
    node->runner().script = [](const job&) { return attempt_result::success({}); };
  }
  c.w.run_for(10s);
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(100)}));
  c.w.run_for(1s);
  BOOST_TEST((c.find(100).outcome == job_outcome::success));
  BOOST_TEST(c.find(100).attempt == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_stops_without_its_store_waits_for_nobody_to_take_its_reports) {
  three_nodes c;
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  c.w.crash(*c.hub);
  c.w.run_for(1s);
  for (auto& [name, node] : c.workers) {
    if (!node->runner().running().empty())
      node->runner().finish(direct(1).id);
    const auto begin = c.w.time().now().boot;
    c.w.stop(*node, 5s);
    BOOST_TEST((c.w.time().now().boot - begin < 2s));
  }
}

BOOST_AUTO_TEST_CASE(what_is_lost_on_its_way_to_a_worker_runs_when_its_lease_is_over) {
  three_nodes c;
  const auto lost = c.w.drop(message<hand_out_jobs>(), 1);
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  BOOST_TEST(lost.count() == 1u);
  BOOST_TEST(c.w.run_until(
      [&] { return c.workers["left"]->runner().started().size() + c.workers["right"]->runner().started().size() == 1; },
      21s));
}

BOOST_AUTO_TEST_CASE(a_hand_out_that_was_held_up_is_handed_back) {
  three_nodes c;
  c.w.crash(*c.workers["right"]);
  c.w.run_for(5s);
  auto& runner = c.workers["left"]->runner();
  const auto rule = c.w.delay(message<hand_out_jobs>(), 9s, 1);
  auto renewals = c.w.hold(message<leases_renewed>()); // it has heard nothing newer
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  BOOST_TEST(rule.count() == 1u);
  c.w.run_for(8s);
  BOOST_TEST(runner.started().empty());
  c.w.run_for(1100ms);
  BOOST_REQUIRE(runner.started().size() == 1u); // by the next hand-out
  BOOST_TEST(runner.started()[0]->attempt == 2u);
  BOOST_TEST(runner.started()[0]->lost_attempts == 0u);
  renewals.stop();
}

// What it knows of the store is as old as its joining until it has asked for something.
BOOST_AUTO_TEST_CASE(a_worker_that_has_been_idle_keeps_its_first_job) {
  for (const auto idle : {0s, 20s}) {
    world w{1};
    auto& hub = w.add_node({.name = "hub", .worker = false});
    auto begins = w.hold(message<begin_work>());
    auto& worker = w.add_node({.name = "worker", .scheduler = false, .joins = "hub"});
    w.run_for(20s);
    begins.stop();
    w.run_for(idle);
    BOOST_REQUIRE(w.ask<job>(hub.store, add_job{direct(1)}));
    w.run_for(1s);
    BOOST_REQUIRE_EQUAL(worker.runner().started().size(), 1U);
    BOOST_TEST(worker.runner().started()[0]->attempt == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_hand_out_that_comes_twice_or_late_is_dropped) {
  three_nodes c{2};
  c.w.crash(*c.workers["right"]);
  auto& runner = c.workers["left"]->runner();
  runner.script = [](const job&) { return attempt_result::success({}); };
  const auto twice = c.w.duplicate(message<hand_out_jobs>(), 1);
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  c.w.run_for(1s);
  BOOST_TEST(twice.count() == 1u);
  BOOST_TEST(runner.started().size() == 1u);
  const auto late = c.w.delay(message<hand_out_jobs>(), 2s, 1);
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(2)}));
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(3)}));
  BOOST_TEST(late.count() == 1u);
  c.w.run_for(30s);
  BOOST_TEST(runner.started().size() == 3u); // the second job by its second hand-out
  BOOST_TEST(c.find(2).attempt == 2u);
  BOOST_TEST(c.find(2).lost_attempts == 1u);
}

BOOST_AUTO_TEST_CASE(another_cluster_or_protocol_is_turned_away) {
  three_nodes c;
  const auto gate = c.gate();
  const auto said = c.w.ask<welcome>(gate, hello("n", 0, "theirs"));
  BOOST_TEST((said.err().code() == ec::conflict));
  BOOST_TEST(said.err().text() == "node \"n\": it is of the cluster \"theirs\", and this one of \"mine\"");
  const auto older =
      c.w.ask<welcome>(gate, hello_node{"mine", protocol_version + 1, "of a form that this version can't read"});
  BOOST_TEST(older.err().text().find("speaks version") != std::string::npos);
  const auto unreadable = c.w.ask<welcome>(gate, hello_node{"mine", protocol_version, "\xff"});
  BOOST_TEST((unreadable.err().code() == ec::invalid_argument));
  const auto first = c.w.ask<welcome>(gate, hello("n")).or_throw();
  const auto second = c.w.ask<welcome>(gate, hello("n")).or_throw();
  BOOST_TEST(second.process > first.process);
  BOOST_TEST(first.process > c.hub->state().process());
  BOOST_TEST(c.w.ask<welcome>(gate, hello("n", 7)).or_throw().process == 7u);
}

BOOST_AUTO_TEST_CASE(one_node_of_a_name_is_in_at_a_time) {
  three_nodes c;
  const auto gate = c.gate();
  // Each is the link of a process.
  const auto enter = [&](caf::scoped_actor& link, const std::string& name) {
    std::optional<error> refused;
    auto request = link->request(gate, caf::infinite, hello(name));
    c.w.settle();
    request.receive([](const welcome&) {}, [&](const caf::error& why) { refused = actor::from_caf(why); });
    return refused;
  };
  caf::scoped_actor second{c.hub->system()};
  {
    caf::scoped_actor first{c.hub->system()};
    BOOST_TEST(!enter(first, "n"));
    BOOST_TEST(!enter(first, "n")); // it is back
    const auto twin = enter(second, "n");
    BOOST_REQUIRE(twin);
    BOOST_TEST((twin->code() == ec::unavailable));
    BOOST_TEST(twin->text().find("is here already") != std::string::npos);
  }
  c.w.settle();
  BOOST_TEST(!enter(second, "n"));
  BOOST_TEST((enter(second, "hub").value().code() == ec::conflict));
  BOOST_TEST((enter(second, "a b").value().code() == ec::conflict));
}

BOOST_AUTO_TEST_CASE(who_was_lost_before_its_word_was_read_is_nobody) {
  three_nodes c;
  const auto gate = c.gate();
  caf::anon_send(gate, hello("n"));
  caf::anon_send(c.hub->store, hello_executor{{"n", 1}, worker_facet{}, {}});
  caf::anon_send(c.hub->store, hello_scheduler{alarm_facet{}});
  caf::anon_send(c.hub->broker, subscribe_events{});
  c.w.settle();
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  BOOST_TEST(!c.holder(1).empty());
  BOOST_REQUIRE(c.w.ask<welcome>(gate, hello("n")));
}

// CAF numbers the actors of each process from 1.
BOOST_AUTO_TEST_CASE(subscribers_of_two_nodes_with_the_same_number_are_two) {
  three_nodes c;
  std::map<std::string, std::size_t> seen;
  const auto subscribe_at = [&](const std::string& name) {
    return c.workers[name]->system().spawn([&, name](subscriber_facet::pointer) -> subscriber_facet::behavior_type {
      return {[&, name](const deliver_events& delivered) { seen[name] += delivered.events.size(); }};
    });
  };
  auto left = subscribe_at("left");
  auto right = subscribe_at("right");
  while (left.id() != right.id())
    (left.id() < right.id() ? left : right) = subscribe_at(left.id() < right.id() ? "left" : "right");
  for (const auto& who : {left, right})
    caf::anon_send(c.hub->broker, subscribe_events{who, {}, false, 0});
  c.w.settle();
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  c.w.settle();
  BOOST_TEST(seen["left"] > 0u);
  BOOST_TEST(seen["left"] == seen["right"]);
}

BOOST_AUTO_TEST_CASE(a_link_delays_loses_doubles_and_keeps_the_order) {
  three_nodes c;
  for (const auto* name : {"left", "right"})
    c.w.set_link("store", name, {.delay = 20ms, .jitter = 30ms, .lost = 50, .doubled = 100, .overtaken = 50});
  for (int n = 0; n < 50; ++n)
    BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(n)}));
  const auto all_have_ended = [&] {
    for (auto& [name, node] : c.workers)
      while (!node->runner().running().empty())
        node->runner().finish(node->runner().running().front().what->id);
    for (int n = 0; n < 50; ++n)
      if (c.find(n).state != job_state::finished)
        return false;
    return true;
  };
  BOOST_TEST(c.w.run_until(all_have_ended, 5min));
}

BOOST_AUTO_TEST_SUITE_END()
