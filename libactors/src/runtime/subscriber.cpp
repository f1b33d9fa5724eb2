#include "runtime/subscriber.hpp"

#include "carillon/base/log.hpp"
#include "runtime/client.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <mutex>
#include <optional>

namespace carillon::runtime {
namespace {

/// The user's function, and whether it may still be called.
class gate {
public:
  explicit gate(std::function<void(const event&)> deliver) : deliver_(std::move(deliver)) {}

  void pass(const event& what) {
    const std::lock_guard guard{mutex_};
    if (closed_)
      return;
    try {
      deliver_(what);
    } catch (const std::exception& thrown) {
      log(log_level::error, fmt::format("a subscriber's callback threw: {}", thrown.what()));
    }
  }
  void close() {
    const std::lock_guard guard{mutex_};
    closed_ = true;
  }

private:
  std::recursive_mutex mutex_; // the function may end its own subscription
  std::function<void(const event&)> deliver_;
  bool closed_ = false;
};

subscriber_facet::behavior_type subscriber(subscriber_facet::pointer self, const event_broker_actor& broker,
                                           const std::shared_ptr<gate>& to) {
  self->monitor(broker);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); }); // the node has stopped
  return {[self, broker, to](const deliver_events& delivered) {
    for (const auto& what : delivered.events)
      to->pass(what);
    self->send(broker, acknowledge_events{subscriber_facet{self}, delivered.events.size()});
  }};
}

/// Waits for one event.
using one_shot_actor = subscriber_facet::extend<caf::replies_to<take_event>::with<event>>;

struct one_shot_state {
  std::optional<event> first;
  caf::typed_response_promise<event> wanted;
};

one_shot_actor::behavior_type one_shot(one_shot_actor::stateful_pointer<one_shot_state> self,
                                       const event_broker_actor& broker) {
  self->monitor(broker);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  return {
      [self](const deliver_events& delivered) {
        auto& state = self->state;
        if (state.first)
          return;
        state.first = delivered.events.front();
        if (state.wanted.pending())
          state.wanted.deliver(*state.first);
      },
      [self](take_event) -> caf::result<event> {
        if (self->state.first)
          return *self->state.first;
        self->state.wanted = self->make_response_promise<event>();
        return self->state.wanted;
      },
  };
}

// Sent by the caller, so that "from now on" means from this call on: whatever the caller asks for next comes later.
void send_subscription(const event_broker_actor& broker, const subscriber_facet& who, event_filter filter,
                       std::optional<revision> since) {
  caf::anon_send(broker, subscribe_events{who, std::move(filter), since.has_value(), since.value_or(0)});
}

} // namespace

subscription subscribe(caf::actor_system& system, const event_broker_actor& broker, event_filter filter,
                       std::function<void(const event&)> deliver, std::optional<revision> since) {
  auto to = std::make_shared<gate>(std::move(deliver));
  const auto who = system.spawn(subscriber, broker, to);
  send_subscription(broker, who, std::move(filter), since);
  return subscription{[to, weak = caf::actor_cast<caf::weak_actor_ptr>(who)] {
    to->close();
    if (auto alive = weak.lock())
      caf::anon_send_exit(caf::actor_cast<caf::actor>(alive), caf::exit_reason::user_shutdown);
  }};
}

pending<event> next_event(caf::actor_system& system, const caf::actor& client, const event_broker_actor& broker,
                          event_filter filter, duration limit, std::optional<revision> since) {
  const auto who = system.spawn(one_shot, broker);
  send_subscription(broker, who, std::move(filter), since);
  pending<event>::promise promise;
  ask<event>(client, who, limit, take_event{}).then([promise, who](result<event> first) {
    caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    const bool is_late = !first && first.err().code() == ec::timed_out;
    promise.resolve(is_late ? error{ec::timed_out, "no such event within the time limit"} : std::move(first));
  });
  return promise.answer();
}

} // namespace carillon::runtime
