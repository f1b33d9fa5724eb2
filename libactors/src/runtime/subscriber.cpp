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

/// What a subscriber's function gets, and whether it may still be called.
class subscriptions::one : public std::enable_shared_from_this<one> {
public:
  one(event_filter filter, std::function<void(const event&)> deliver, std::optional<revision> since)
    : filter_(std::move(filter)), deliver_(std::move(deliver)), seen_(since) {}

  void begin(caf::actor_system& system, const event_broker_actor& broker);

  void pass(const event& what) {
    const std::lock_guard guard{mutex_};
    if (closed_)
      return;
    seen_ = what.number;
    try {
      deliver_(what);
    } catch (const std::exception& thrown) {
      log(log_level::error, fmt::format("a subscriber's callback threw: {}", thrown.what()));
    }
  }
  void end() {
    const std::lock_guard guard{mutex_};
    closed_ = true;
    if (auto alive = caf::actor_cast<caf::strong_actor_ptr>(who_))
      caf::anon_send_exit(alive, caf::exit_reason::user_shutdown);
  }

private:
  std::recursive_mutex mutex_; // the function may end its own subscription
  event_filter filter_;
  std::function<void(const event&)> deliver_;
  std::optional<revision> seen_; // none: what comes from now on
  caf::weak_actor_ptr who_;
  bool closed_ = false;
};

namespace {

subscriber_facet::behavior_type subscriber(subscriber_facet::pointer self, const event_broker_actor& broker,
                                           const std::shared_ptr<subscriptions::one>& to) {
  self->monitor(broker);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); }); // it has stopped, or is lost
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

void subscriptions::one::begin(caf::actor_system& system, const event_broker_actor& broker) {
  const std::lock_guard guard{mutex_};
  if (closed_)
    return;
  const auto who = system.spawn(subscriber, broker, shared_from_this());
  who_ = caf::actor_cast<caf::weak_actor_ptr>(who);
  send_subscription(broker, who, filter_, seen_);
}

subscription subscriptions::add(const event_broker_actor& broker, event_filter filter,
                                std::function<void(const event&)> deliver, std::optional<revision> since) {
  auto made = std::make_shared<one>(std::move(filter), std::move(deliver), since);
  {
    const std::lock_guard guard{mutex_};
    std::erase_if(open_, [](const auto& known) { return known.expired(); });
    open_.push_back(made);
  }
  if (broker)
    made->begin(system_, broker);
  return subscription{[made] { made->end(); }};
}

void subscriptions::use(const event_broker_actor& broker) {
  const std::lock_guard guard{mutex_};
  for (const auto& known : open_)
    if (const auto alive = known.lock())
      alive->begin(system_, broker);
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
