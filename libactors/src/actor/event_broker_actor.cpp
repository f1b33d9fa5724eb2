#include "actor/errors.hpp"
#include "actor/identity.hpp"
#include "actor/spawn.hpp"
#include "engine/event_log.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>

namespace carillon::actor {
namespace {

// A number of our own for each: CAF's are those of one process, and subscribers are in several.
struct broker_state {
  using ticket = engine::event_log::subscriber;

  engine::event_log log;
  std::map<ticket, subscriber_facet> subscribers;
  ticket last = 0;

  template <class Self>
  void deliver(Self* self) {
    for (auto& delivery : log.take_deliveries())
      self->send(subscribers.at(delivery.to), deliver_events{std::move(delivery.events)});
  }

  template <class Who>
  [[nodiscard]] ticket find(const Who& who) const {
    const auto found = std::ranges::find_if(subscribers, [&](const auto& known) { return is_same(known.second, who); });
    return found == subscribers.end() ? 0 : found->first;
  }

  template <class Who>
  void forget(const Who& who) {
    if (const auto known = find(who); known != 0) {
      log.unsubscribe(known);
      subscribers.erase(known);
    }
  }
};

event_broker_actor::behavior_type event_broker(event_broker_actor::stateful_pointer<broker_state> self) {
  auto& state = self->state;
  set_failure_handlers(*self, "event broker");
  self->set_down_handler([&state](const caf::down_msg& down) { state.forget(down.source); });
  return {
      [self, &state](publish_events& published) {
        state.log.append(std::move(published.events));
        state.deliver(self);
      },
      [self, &state](const subscribe_events& wanted) {
        if (!wanted.who) // its connection has ended meanwhile
          return;
        auto known = state.find(wanted.who);
        if (known == 0) {
          known = ++state.last;
          state.subscribers.emplace(known, wanted.who);
          self->monitor(wanted.who);
        }
        state.log.subscribe(known, wanted.filter, wanted.has_since ? std::optional{wanted.since} : std::nullopt);
        state.deliver(self);
      },
      [&state](const unsubscribe_events& ended) { state.forget(ended.who); },
      [self, &state](const acknowledge_events& dealt_with) {
        if (const auto known = state.find(dealt_with.who); known != 0)
          state.log.acknowledge(known, dealt_with.count);
        state.deliver(self);
      },
      [&state](const list_events& wanted) { return answer(state.log.read(wanted.filter, wanted.request)); },
  };
}

} // namespace

event_broker_actor spawn_event_broker(caf::actor_system& system) { return system.spawn(event_broker); }

} // namespace carillon::actor
