#include "runtime/watch.hpp"

#include "actor/errors.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <fmt/format.h>

#include <map>
#include <string>

namespace carillon::runtime {

caf::actor spawn_watch(caf::actor_system& system, const node_actors& actors,
                       const std::function<void(const error&)>& on_end) {
  return system.spawn([=](caf::event_based_actor* self) -> caf::behavior {
    actor::set_failure_handlers(*self, "watch");
    std::map<caf::actor_id, std::string> names;
    const auto watch = [&](const auto& handle, const char* name) {
      if (!handle)
        return; // not the node's role
      self->monitor(handle);
      names.emplace(handle.id(), name);
    };
    watch(actors.store, "store");
    watch(actors.reader, "store_reader");
    watch(actors.scheduler, "scheduler");
    watch(actors.executor, "executor");
    watch(actors.broker, "event_broker");
    watch(actors.job_log, "job_log");
    watch(actors.link, "link");
    watch(actors.gate, "gate");
    self->set_down_handler([self, on_end, names](const caf::down_msg& down) {
      const auto why = down.reason.category() == caf::atom("carillon") ? actor::from_caf(down.reason).text()
                                                                       : self->system().render(down.reason);
      on_end({ec::internal, fmt::format("the node's {} has ended unexpectedly ({})", names.at(down.source.id()), why)});
      self->quit();
    });
    return {[](done) {}}; // nobody sends it anything
  });
}

} // namespace carillon::runtime
