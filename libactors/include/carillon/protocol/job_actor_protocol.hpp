#pragma once

#include "carillon/protocol/inspect.hpp"

#pragma GCC visibility push(default)
/// @file
/// An actor of a user's own that runs the jobs of a task: see runtime/actor_task.hpp.
namespace carillon {

/// One attempt of a job: `what` has its id, arguments, metadata, attempt and (in `held_by`) fencing token. The answer is the
/// job's result, an error is the outcome `error` with its text. The answer may come at any time, also by a response promise.
struct run_job {
  job what{}; ///< as it was handed out
};

/// The attempt with this fencing token is asked to end soon: the job was cancelled, its time is up, its lease is lost, or
/// the node stops. Its answer is waited for: a success counts also then, unless the lease is over or the node has
/// stopped meanwhile; an error means that the attempt has ended as it was asked to.
struct stop_job {
  job_id id{};                ///< of the job
  revision fencing_token = 0; ///< as in `held_by` of its `run_job`
};

/// What such an actor takes. It may have many jobs at once, in whatever order they end.
using job_actor = caf::typed_actor<caf::replies_to<run_job>::with<value>, caf::reacts_to<stop_job>>;

/// @cond
template <class Inspector>
auto inspect(Inspector& f, run_job& x) {
  return f(caf::meta::type_name("run_job"), x.what);
}
template <class Inspector>
auto inspect(Inspector& f, stop_job& x) {
  return f(caf::meta::type_name("stop_job"), x.id, x.fencing_token);
}
/// @endcond

} // namespace carillon
#pragma GCC visibility pop
