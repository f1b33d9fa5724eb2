#include "actor/errors.hpp"
#include "actor/spawn.hpp"
#include "engine/event_log.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace carillon::actor {
namespace {

struct broker_state {
  engine::event_log log;
  std::map<engine::event_log::subscriber, subscriber_facet> subscribers; // by actor id

  template <class Self>
  void deliver(Self* self) {
    for (auto& delivery : log.take_deliveries())
      self->send(subscribers.at(delivery.to), deliver_events{std::move(delivery.events)});
  }

  void forget(engine::event_log::subscriber who) {
    log.unsubscribe(who);
    subscribers.erase(who);
  }
};

event_broker_actor::behavior_type event_broker(event_broker_actor::stateful_pointer<broker_state> self) {
  self->set_exception_handler(from_exception);
  self->set_down_handler([self](const caf::down_msg& down) { self->state.forget(down.source.id()); });
  return {
      [self](const publish_events& published) {
        self->state.log.append(published.events);
        self->state.deliver(self);
      },
      [self](const subscribe_events& wanted) {
        const auto who = wanted.who.id();
        if (self->state.subscribers.emplace(who, wanted.who).second)
          self->monitor(wanted.who);
        self->state.log.subscribe(who, wanted.filter, wanted.has_since ? std::optional{wanted.since} : std::nullopt);
        self->state.deliver(self);
      },
      [self](const unsubscribe_events& ended) { self->state.forget(ended.who.id()); },
      [self](const acknowledge_events& dealt_with) {
        self->state.log.acknowledge(dealt_with.who.id(), dealt_with.count);
        self->state.deliver(self);
      },
      [self](const list_events& wanted) { return self->state.log.read(wanted.filter, wanted.request); },
  };
}

} // namespace

event_broker_actor spawn_event_broker(caf::actor_system& system) { return system.spawn(event_broker); }

} // namespace carillon::actor
