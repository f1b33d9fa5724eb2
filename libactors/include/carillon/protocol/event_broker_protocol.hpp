#pragma once

#include "carillon/protocol/inspect.hpp"

#pragma GCC visibility push(default)
/// @file
/// The event broker: keeps the newest events and delivers each subscriber what it wants, in commit order. Not to be
/// confused with CAF's I/O brokers.
namespace carillon {

/// What the store publishes to, and subscribers ask. Only `list_events` is answered.
using event_broker_actor = caf::typed_actor<
    /// From the store, after each commit.
    caf::reacts_to<publish_events>, caf::reacts_to<subscribe_events>, caf::reacts_to<unsubscribe_events>,
    caf::reacts_to<acknowledge_events>,
    /// The newest events that are still kept, after number `request.after`. Errors: see page_request.
    caf::replies_to<list_events>::with<page<event>>>;

} // namespace carillon
#pragma GCC visibility pop
