#pragma once

#include "carillon/protocol/inspect.hpp"

#pragma GCC visibility push(default)
/// @file
/// The scheduler: plans what is due. It asks the store when its one timer rings.
namespace carillon {

/// The store's `alarm_facet`, and what the node says to its scheduler.
using scheduler_actor = alarm_facet::extend<
    /// Nothing is planned before this.
    caf::reacts_to<begin_work>,
    /// Goes on with this store, whatever has become of the one before.
    caf::reacts_to<use_store>,
    /// Plans nothing new; answered when the plan under way is committed.
    caf::replies_to<drain_work>::with<done>>;

} // namespace carillon
#pragma GCC visibility pop
