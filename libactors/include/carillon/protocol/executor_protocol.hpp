#pragma once

#include "carillon/protocol/inspect.hpp"

#pragma GCC visibility push(default)
/// @file
/// The executor: runs what the store hands out.
namespace carillon {

/// The store's `worker_facet`, and what the node says to its executor.
using executor_actor = worker_facet::extend<
    /// Offers its demand from now on. Answered when the runners are ready, or with what keeps one from being so.
    caf::replies_to<begin_work>::with<done>, caf::replies_to<drain_work>::with<done>,
    /// Goes on with this store, whatever has become of the one before.
    caf::reacts_to<use_store>,
    /// Looks at once at what its timer would tell it later.
    caf::reacts_to<clock_changed>>;

} // namespace carillon
#pragma GCC visibility pop
