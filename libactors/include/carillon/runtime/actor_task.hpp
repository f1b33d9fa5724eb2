#pragma once

#include "carillon/protocol/job_actor_protocol.hpp"
#include "carillon/runtime/node.hpp"

#include <caf/actor.hpp>

#pragma GCC visibility push(default)
/// @file
/// Tasks that are CAF actors of your own. Beside node.hpp, which doesn't show CAF.
namespace carillon {

/// A task whose jobs are sent to `worker`, each attempt as a `run_job`: many at once, if there are slots. To be registered
/// with a node, or given to a node of the test world (`world_node_config::code`).
///
/// The answer is the job's result. If the actor ends first, for whatever reason, the outcome is `crashed`; so it is for
/// jobs that come after its end. A request to stop is a `stop_job`; the job keeps its slot until the actor has answered.
///
/// Each attempt is a small actor in `worker`'s system until `worker` answers or ends. So that system must outlive the node.
[[nodiscard]] task_function make_actor_task(job_actor worker);
/// The same for an actor without a type: it takes `run_job`, which it answers with a `value`, and `stop_job`. One that doesn't take
/// that can't be stopped.
[[nodiscard]] task_function make_actor_task(const caf::actor& worker);

/// `node::register_task` with the runner `actor`. Errors: those of that.
template <class Handle>
result<void> register_actor_task(node& where, task settings, const Handle& worker) {
  settings.runner = "actor";
  return where.register_task(std::move(settings), make_actor_task(worker));
}

} // namespace carillon
#pragma GCC visibility pop
