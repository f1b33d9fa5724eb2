#pragma once

#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/runtime/node.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace carillon::runtime {

/// Those of one node. Any thread.
class subscriptions {
public:
  class one;

  explicit subscriptions(caf::actor_system& system) : system_(system) {}

  /// Delivers matching events to `deliver` until the subscription ends; after that `deliver` isn't called any more. It may end its own
  /// subscription. Without a broker: from the next `use` on.
  [[nodiscard]] subscription add(event_filter filter, std::function<void(const event&)> deliver,
                                 std::optional<revision> since);
  /// The events come from `broker` from now on: each subscription goes on behind what it had last, or, if it has had nothing yet, as
  /// it began. Null: there is none now.
  void use(const event_broker_actor& broker);
  /// Ends all; what is added later is none. The subscriptions of users may outlive this object then.
  void close();

private:
  caf::actor_system& system_;
  std::mutex mutex_; // guards what follows
  std::vector<std::weak_ptr<one>> open_;
  event_broker_actor broker_;
  bool closed_ = false;
};

/// The first matching event after number `since` (none: from now on); ec::timed_out after `limit`.
[[nodiscard]] pending<event> next_event(caf::actor_system& system, const caf::actor& client,
                                        const event_broker_actor& broker, event_filter filter, duration limit,
                                        std::optional<revision> since);

} // namespace carillon::runtime
