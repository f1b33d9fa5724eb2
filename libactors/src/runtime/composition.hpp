#pragma once

#include "actor/spawn.hpp"

#include <caf/actor_system.hpp>

namespace carillon::runtime {

/// The actors of one node that has all roles. The one place where they are put together: the node and the test world use it.
struct node_actors {
  event_broker_actor broker;
  store_actor store;
  store_reader_actor reader;
  scheduler_actor scheduler;
  executor_actor executor;
};

struct node_parts {
  std::shared_ptr<data_store> store;
  std::shared_ptr<const task_registry> tasks;
  std::vector<std::shared_ptr<runner>> runners;
  const clock* time = nullptr;
  actor::executor_settings executor;
  actor::threading threading = actor::threading::own;
};

[[nodiscard]] inline node_actors spawn_node(caf::actor_system& system, node_parts parts) {
  node_actors all;
  const auto& bounds = parts.executor.bounds;
  all.broker = actor::spawn_event_broker(system);
  all.reader = actor::spawn_store_reader(system, parts.store, parts.threading);
  all.store = actor::spawn_store(system, std::move(parts.store), *parts.time, all.broker, bounds, parts.threading);
  all.scheduler = actor::spawn_scheduler(system, planning_facet{all.store}, *parts.time, bounds);
  all.executor = actor::spawn_executor(system, execution_facet{all.store}, *parts.time, std::move(parts.tasks),
                                       std::move(parts.runners), parts.executor);
  return all;
}

} // namespace carillon::runtime
