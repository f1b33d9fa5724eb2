#pragma once

#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/protocol/executor_protocol.hpp"
#include "carillon/protocol/job_log_protocol.hpp"
#include "carillon/protocol/scheduler_protocol.hpp"
#include "carillon/protocol/store_protocol.hpp"
#include "carillon/runtime/node.hpp"

#pragma GCC visibility push(default)
/// @file
/// A node's actors, for actors of your own that talk to them. Beside node.hpp, which doesn't show CAF.
namespace carillon {

/// The first four are those of the store that the node uses; of a node that has joined another, null while that isn't found, and others
/// when it has been found again: monitor them, and ask anew. The last two are the node's own; null without the role.
struct node_handles {
  store_actor store;         ///< makes all changes
  store_reader_actor reader; ///< reads what is committed
  event_broker_actor broker; ///< for subscribers
  job_log_actor job_log;     ///< what running jobs say of themselves
  scheduler_actor scheduler; ///< null without that role
  executor_actor executor;   ///< null without the role worker
};

/// Your actors live in an actor system of yours, which outlives the node. They let go of the handles (by ending, say) before the node
/// is destroyed, which waits for that. Any thread.
[[nodiscard]] node_handles handles_of(const node& of);

} // namespace carillon
#pragma GCC visibility pop
