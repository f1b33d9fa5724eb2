#pragma once

#include "carillon/base/entropy.hpp"
#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/protocol/executor_protocol.hpp"
#include "carillon/protocol/scheduler_protocol.hpp"
#include "carillon/protocol/store_protocol.hpp"
#include "runner/task_registry.hpp"

#include <caf/fwd.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

/// How each actor comes to life. Only the composition root (runtime) and the test world call these; what is passed by
/// pointer or reference outlives the actor.
namespace carillon::actor {

/// Whether an actor that blocks gets a thread of its own; not in the test world, which has one thread.
enum class threading : bool { shared, own };

/// `store` is shared with the reader; only the store actor calls its non-const members.
[[nodiscard]] store_actor spawn_store(caf::actor_system& system, std::shared_ptr<data_store> store, const clock& time,
                                      event_broker_actor broker, const limits& bounds, threading thread);

[[nodiscard]] store_reader_actor spawn_store_reader(caf::actor_system& system, std::shared_ptr<const data_store> store,
                                                    threading thread);

[[nodiscard]] event_broker_actor spawn_event_broker(caf::actor_system& system);

[[nodiscard]] scheduler_actor spawn_scheduler(caf::actor_system& system, planning_facet store, const clock& time,
                                              const limits& bounds);

struct executor_settings {
  lease_holder self;
  std::uint32_t slots = 16;
  duration lease = std::chrono::seconds{10};
  limits bounds;
};

/// `runners` by name; the executor is their only user from now on.
[[nodiscard]] executor_actor spawn_executor(caf::actor_system& system, execution_facet store, const clock& time,
                                            std::shared_ptr<const task_registry> tasks,
                                            std::vector<std::shared_ptr<runner>> runners,
                                            const executor_settings& settings);

} // namespace carillon::actor
