#pragma once

#include "carillon/protocol/inspect.hpp"

/// An actor of a user's own that runs the jobs of a task: see runtime/actor_task.hpp.
namespace carillon {

/// One attempt of a job: `what` has its id, arguments, metadata, attempt and (in `held_by`) fencing token. The answer is the
/// job's result, an error is the outcome `error` with its text. The answer may come at any time, also by a response promise.
struct run_job {
  job what;
};

/// The attempt with this fencing token is asked to end soon: the job was cancelled, its time is up, its lease is lost, or
/// the node stops. What is answered afterwards counts, if it comes soon.
struct stop_job {
  job_id id;
  revision fencing_token = 0;
};

using job_actor = caf::typed_actor<caf::replies_to<run_job>::with<value>, caf::reacts_to<stop_job>>;

template <class Inspector>
auto inspect(Inspector& f, run_job& x) {
  return f(caf::meta::type_name("run_job"), x.what);
}
template <class Inspector>
auto inspect(Inspector& f, stop_job& x) {
  return f(caf::meta::type_name("stop_job"), x.id, x.fencing_token);
}

} // namespace carillon
