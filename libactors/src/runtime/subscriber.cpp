#include "runtime/subscriber.hpp"

#include "carillon/base/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <mutex>

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

subscriber_facet::behavior_type subscriber(subscriber_facet::pointer self, event_broker_actor broker,
                                           event_filter filter, std::shared_ptr<gate> to,
                                           std::optional<revision> since) {
  self->send(broker, subscribe_events{subscriber_facet{self}, std::move(filter), since.has_value(), since.value_or(0)});
  self->monitor(broker);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); }); // the node has stopped
  return {[self, broker, to](const deliver_events& delivered) {
    for (const auto& what : delivered.events)
      to->pass(what);
    self->send(broker, acknowledge_events{subscriber_facet{self}, delivered.events.size()});
  }};
}

} // namespace

subscription subscribe(caf::actor_system& system, const event_broker_actor& broker, event_filter filter,
                       std::function<void(const event&)> deliver, std::optional<revision> since) {
  auto to = std::make_shared<gate>(std::move(deliver));
  const auto who = system.spawn(subscriber, broker, std::move(filter), to, since);
  return subscription{[to, weak = caf::actor_cast<caf::weak_actor_ptr>(who)] {
    to->close();
    if (auto alive = weak.lock())
      caf::anon_send_exit(caf::actor_cast<caf::actor>(alive), caf::exit_reason::user_shutdown);
  }};
}

} // namespace carillon::runtime
