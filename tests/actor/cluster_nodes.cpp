// Who takes part in a cluster: how nodes are listed, drained, resumed and removed, and which jobs they get by their labels. Clauses NO
// and LB of docs/semantics.md.
#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"
#include "carillon/trigger/custom.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

class once final : public custom_trigger {
public:
  std::optional<timestamp> next(std::string& state) const override {
    return std::exchange(state, "x").empty() ? std::optional{timestamp{std::chrono::seconds{4'000'000'000}}}
                                             : std::nullopt;
  }
};

/// A node with the store and the scheduler, and workers that have joined it.
struct workers_fixture {
  workers_fixture() {
    hub = &w.add_node({.name = "hub", .worker = false});
    add("left");
    add("right");
  }
  world_node& add(const std::string& name, std::vector<std::string> labels = {}) {
    workers[name] = &w.add_node({.name = name, .labels = std::move(labels), .scheduler = false, .joins = "hub"});
    w.run_for(1s);
    return *workers[name];
  }
  std::optional<node_status> find(const std::string& name) {
    const auto all = w.ask<node_list>(w.gate(*hub), list_nodes{}).or_throw().nodes;
    const auto found = std::ranges::find(all, name, [](const node_status& one) { return one.known.what.name; });
    return found == all.end() ? std::nullopt : std::optional{*found};
  }
  std::vector<std::string> events_of(event_type type) {
    event_filter filter;
    filter.types = {type};
    std::vector<std::string> names;
    for (const auto& one : w.ask<page<event>>(hub->broker, list_events{filter, {}}).or_throw().items)
      names.push_back(one.executor);
    return names;
  }
  std::size_t running_on(const std::string& name) { return workers.at(name)->runner().running().size(); }

  world w{1};
  world_node* hub;
  std::map<std::string, world_node*> workers;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_nodes, workers_fixture)

BOOST_AUTO_TEST_CASE(the_gate_lists_who_is_there_and_who_has_gone) {
  BOOST_REQUIRE(find("left"));
  const auto left = *find("left");
  BOOST_TEST(left.is_connected);
  BOOST_TEST(left.known.what.is_worker);
  BOOST_TEST(!left.known.what.is_scheduler);
  BOOST_TEST(left.free_slots == 4u);
  const auto own = find("hub").value();
  BOOST_TEST(own.is_connected);
  BOOST_TEST(own.known.what.has_store);
  w.stop(*workers["left"]);
  w.crash(*workers["right"]);
  w.run_for(1s);
  BOOST_TEST(!find("left").value().is_connected);
  BOOST_TEST(!find("right").value().is_connected);
  BOOST_TEST((events_of(event_type::node_joined) == std::vector<std::string>{"hub", "left", "right"}));
  BOOST_TEST((events_of(event_type::node_left) == std::vector<std::string>{"left"}));
  BOOST_TEST((events_of(event_type::node_lost) == std::vector<std::string>{"right"}));
}

BOOST_AUTO_TEST_CASE(the_skew_of_a_clock_is_shown_and_how_long_ago_it_was_heard) {
  w.run_for(report_every);
  BOOST_TEST((find("left").value().clock_skew == 0us));
  w.step_wall_clock(*workers["left"], 3s);
  w.run_for(report_every);
  BOOST_TEST((find("left").value().clock_skew == 3s));
  BOOST_TEST((find("left").value().last_contact.value() < report_every));
  w.cut("hub", "left");
  w.run_for(report_every);
  BOOST_TEST((find("left").value().last_contact.value() >= report_every));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_there_is_not_removed) {
  const auto remove = [&](const std::string& name) { return w.ask<done>(w.gate(*hub), remove_node{name}); };
  BOOST_TEST((remove("left").err().code() == ec::wrong_state));
  BOOST_TEST((remove("hub").err().code() == ec::wrong_state));
  BOOST_TEST((remove("nobody").err().code() == ec::not_found));
  w.stop(*workers["left"]);
  w.run_for(1s);
  BOOST_TEST(remove("left").has_value());
  BOOST_TEST(!find("left"));
}

BOOST_AUTO_TEST_CASE(what_runs_on_a_draining_node_ends_there_or_is_handed_back) {
  for (int n = 0; n < 2; ++n)
    BOOST_REQUIRE(w.ask<job>(hub->store, add_job{direct(n)}));
  w.settle();
  BOOST_TEST(running_on("left") == 1u);
  BOOST_REQUIRE(w.ask<done>(hub->store, drain_node{"left"}));
  w.run_for(1min);
  BOOST_TEST(running_on("left") == 1u);
  BOOST_TEST(events_of(event_type::node_drained).empty());
  for (int n = 2; n < 5; ++n)
    BOOST_REQUIRE(w.ask<job>(hub->store, add_job{direct(n)}));
  w.settle();
  BOOST_TEST(running_on("left") == 1u);
  BOOST_TEST(running_on("right") == 4u);
  BOOST_TEST(find("left").value().running_jobs == 1u);
  workers["right"]->runner().finish(workers["right"]->runner().running().front().what->id);
  BOOST_REQUIRE(w.ask<done>(hub->store, drain_node{"left", true, true}));
  w.settle();
  const auto asked = workers["left"]->runner().running().front();
  BOOST_TEST((asked.stop_asked == stop_reason::node_stops));
  workers["left"]->runner().finish(asked.what->id, attempt_result::failed(job_outcome::cancelled, "told to"));
  w.settle();
  BOOST_TEST(hub->state().find_job(asked.what->id).or_throw().lost_attempts == 0u);
  BOOST_TEST(running_on("left") == 0u);
  BOOST_TEST(running_on("right") == 4u);
  BOOST_TEST((events_of(event_type::node_drained) == std::vector<std::string>{"left"}));
}

BOOST_AUTO_TEST_CASE(a_drained_node_gets_jobs_again_when_it_is_resumed) {
  BOOST_REQUIRE(w.ask<done>(hub->store, drain_node{"left"}));
  BOOST_REQUIRE(w.ask<done>(hub->store, drain_node{"right"}));
  BOOST_REQUIRE(w.ask<job>(hub->store, add_job{direct(1)}));
  w.run_for(1min);
  BOOST_TEST(w.ask<job_explanation>(hub->store, explain_job{direct(1).id}).or_throw().waiting_for ==
             "a worker: all that offer its task are draining");
  BOOST_REQUIRE(w.ask<done>(hub->store, drain_node{"right", false}));
  w.settle();
  BOOST_TEST(running_on("left") == 0u);
  BOOST_TEST(running_on("right") == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_lost_scheduler_had_taken_is_planned_by_another_at_once) {
  w.stop(*workers["left"]);
  BOOST_REQUIRE(w.ask<done>(hub->scheduler, drain_work{}, 1min)); // from now on the store's node plans nothing
  auto& first = w.add_node({.name = "first", .worker = false, .joins = "hub"});
  auto& second = w.add_node({.name = "second", .worker = false, .joins = "hub"});
  w.run_for(1s);
  BOOST_REQUIRE(w.ask<schedule>(hub->store, add_schedule{every(w, 5s)}));
  const auto from_first = w.hold(message<commit_fire_plans>().from(first.scheduler));
  const auto from_second = w.hold(message<commit_fire_plans>().from(second.scheduler));
  w.run_for(5s);
  BOOST_REQUIRE(from_first.held() + from_second.held() == 1u);
  auto& lost = from_first.held() == 1 ? first : second;
  auto rule = from_first.held() == 1 ? from_second : from_first;
  rule.stop();
  w.crash(lost);
  w.run_for(100ms);
  BOOST_TEST(hub->state().list_jobs({}, {}).or_throw().items.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_scheduler_is_rung_for_what_another_one_could_not_plan) {
  const std::string kind = "cluster_nodes.once";
  BOOST_REQUIRE(register_trigger_kind(kind, [](std::string_view) -> result<std::unique_ptr<const custom_trigger>> {
    return std::unique_ptr<const custom_trigger>{std::make_unique<once>()};
  }));
  BOOST_REQUIRE(w.ask<done>(hub->scheduler, drain_work{}, 1min)); // two others take its place
  std::map<std::string, std::size_t> rings;
  const auto scheduler = [&](const std::string& name) {
    auto made = hub->system().spawn([&rings, name](alarm_facet::pointer self) -> alarm_facet::behavior_type {
      self->set_default_handler(caf::drop); // the answers to its claims
      return {[&rings, name](const ring_in&) { ++rings[name]; }};
    });
    caf::anon_send(hub->store, hello_scheduler{made});
    return made;
  };
  const auto claim = [&](const alarm_facet& who, std::vector<std::string> kinds) {
    caf::send_as(caf::actor_cast<caf::actor>(who), hub->store, claim_due_schedules{10, std::move(kinds)});
    w.settle();
  };
  const auto knows = scheduler("knows");
  const auto simple = scheduler("simple");
  const auto half = scheduler("half");
  claim(knows, {"another", kind});
  claim(half, {"another"});
  auto own = every(w, 5s);
  own.trigger = {any_of_definition{{own.trigger, {custom_definition{kind, ""}}}}};
  const auto added = w.ask<schedule>(hub->store, add_schedule{own});
  BOOST_REQUIRE(added);
  w.run_for(4s);
  claim(knows, {"another", kind});
  rings.clear();
  w.step_wall_clock(*hub, 10s, notice::none);
  claim(simple, {});
  BOOST_TEST(rings["knows"] == 1u);
  BOOST_TEST(rings["half"] == 0u);
  claim(simple, {}); // it has been rung, and need not be again
  BOOST_TEST(rings["knows"] == 1u);
}

BOOST_AUTO_TEST_CASE(jobs_go_to_the_nodes_with_the_labels_of_their_task) {
  task settings;
  settings.id = "work";
  settings.runner = "scripted";
  settings.labels = {"gpu"};
  BOOST_REQUIRE(w.ask<done>(hub->store, put_task{settings}));
  BOOST_REQUIRE(w.ask<job>(hub->store, add_job{direct(1)}));
  w.run_for(1min);
  BOOST_TEST(running_on("left") + running_on("right") == 0u);
  BOOST_TEST(w.ask<job_explanation>(hub->store, explain_job{direct(1).id}).or_throw().waiting_for ==
             "a worker: none offers the task \"work\" with the runner \"scripted\" and the labels gpu now");
  add("special", {"big", "gpu"});
  BOOST_TEST(running_on("special") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
