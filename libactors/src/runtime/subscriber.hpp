#pragma once

#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/runtime/node.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

namespace carillon::runtime {

/// Delivers matching events to `deliver` until the subscription ends; after that `deliver` isn't called any more. It may
/// end its own subscription.
[[nodiscard]] subscription subscribe(caf::actor_system& system, const event_broker_actor& broker, event_filter filter,
                                     std::function<void(const event&)> deliver, std::optional<revision> since);

/// The first matching event after number `since` (none: from now on); ec::timed_out after `limit`.
[[nodiscard]] pending<event> next_event(caf::actor_system& system, const caf::actor& client,
                                        const event_broker_actor& broker, event_filter filter, duration limit,
                                        std::optional<revision> since);

} // namespace carillon::runtime
