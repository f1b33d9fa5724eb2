#include "runtime/client.hpp"

#include "carillon/base/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>

#include <fmt/format.h>

namespace carillon::runtime {
namespace {

caf::behavior client(caf::event_based_actor* self) {
  // A callback of the user's that throws must not take the client with it.
  self->set_exception_handler([](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& what) {
      log(log_level::error, fmt::format("a callback threw: {}", what.what()));
    } catch (...) {
      log(log_level::error, "a callback threw");
    }
    return {};
  });
  return {[self](const run_within& request) { request.what(self); }};
}

} // namespace

caf::actor spawn_client(caf::actor_system& system) { return system.spawn(client); }

} // namespace carillon::runtime
