// An actor of your own that talks to the store, the event broker and the scheduler itself.
#include <carillon/carillon.hpp>
#include <carillon/runtime/node_handles.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <future>
#include <iostream>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

// Adds a schedule, counts what it does, and after three runs lets the scheduler end its work.
subscriber_facet::behavior_type keeper(subscriber_facet::pointer self, const node_handles& node,
                                       const std::shared_ptr<std::promise<std::size_t>>& runs) {
  const auto fail = [self](const caf::error& why) { self->quit(why); };
  const event_filter ends{.types = {event_type::job_finished}, .schedule_id = "beat"};
  self->send(node.broker, subscribe_events{subscriber_facet{self}, ends, false, 0});

  schedule_definition beat;
  beat.id = "beat";
  beat.task = "work";
  beat.trigger = {interval_definition{50ms, system_clock().now().wall, {}}};
  self->request(node.store, 5s, add_schedule{beat, conflict_policy::fail}).then([](const schedule&) {}, fail);

  return {[=, seen = std::size_t{0}](const deliver_events& delivered) mutable {
    self->send(node.broker, acknowledge_events{subscriber_facet{self}, delivered.events.size()}); // lets more come
    seen += delivered.events.size();
    if (seen < 3)
      return;
    self->request(node.scheduler, 5s, drain_work{}) // answered when nothing is being planned any more
        .then(
            [=](done) {
              runs->set_value(seen);
              self->quit();
            },
            fail);
  }};
}

} // namespace

int main() {
  caf::actor_system_config config;
  caf::actor_system system{config}; // your actors' own; it outlives the node
  auto node = node::open({}).or_throw();
  node.register_task("work", [] {}).or_throw();
  node.start().or_throw();

  const auto runs = std::make_shared<std::promise<std::size_t>>();
  auto counted = runs->get_future();
  system.spawn(keeper, handles_of(node), runs);
  if (counted.wait_for(20s) != std::future_status::ready)
    return 1;
  std::cout << counted.get() << " runs\n";
}
