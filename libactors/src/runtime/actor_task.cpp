#include "carillon/runtime/actor_task.hpp"

#include "actor/errors.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <stop_token>

namespace carillon {
namespace {

struct errand_state {
  // Holds the errand, so it goes when that ends.
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
};

std::string text_of(const caf::error& what) {
  if (what.category() == caf::atom("carillon"))
    return actor::from_caf(what).text();
  if (what.category() == caf::atom("system") && static_cast<caf::sec>(what.code()) == caf::sec::unexpected_message)
    return "the task's actor doesn't take run_job";
  if (what.category() == caf::atom("system") && static_cast<caf::sec>(what.code()) == caf::sec::unexpected_response)
    return "the task's actor answered with something that is no carillon::value";
  return caf::to_string(what);
}

attempt_result crashed_by(const caf::error& why) {
  return attempt_result::failed(job_outcome::crashed,
                                fmt::format("the task's actor has ended: {}", caf::to_string(why)));
}

// One attempt: asks the actor, and ends the attempt by its answer or by its end.
caf::behavior errand(caf::stateful_actor<errand_state>* self, const job_actor& worker, const job_context& context,
                     const completion& done) {
  actor::set_failure_handlers(*self, "attempt");
  self->monitor(worker);
  self->set_down_handler([self, done](const caf::down_msg& down) {
    done.finish(crashed_by(down.reason));
    self->quit();
  });
  self->request(worker, caf::infinite, run_job{context.what()}) // its time limit is the job's, which ends in a stop_job
      .then(
          [self, done](value& answer) {
            done.success(std::move(answer));
            self->quit();
          },
          [self, done](const caf::error& why) {
            if (why == caf::sec::request_receiver_down)
              return; // the actor has ended: the message that says why is coming
            if (why == caf::sec::runtime_error || why.category() == caf::atom("exit")) // it threw
              done.finish(crashed_by(why));
            else
              done.fail(text_of(why));
            self->quit();
          });
  const stop_job stop{context.id(), context.fencing_token()};
  self->state.on_stop.emplace(context.cancelled(), [handle = caf::actor{self}, stop] { caf::anon_send(handle, stop); });
  // Without a sender: an actor without a type may answer it with anything, or not know it, and nobody waits for that.
  return {[worker](const stop_job& request) { caf::anon_send(worker, request); }};
}

} // namespace

task_function make_actor_task(job_actor worker) {
  return [worker = std::move(worker)](const value&, const job_context& context, const completion& done) {
    worker.home_system().spawn(errand, worker, context, done);
  };
}

task_function make_actor_task(const caf::actor& worker) { return make_actor_task(caf::actor_cast<job_actor>(worker)); }

} // namespace carillon
