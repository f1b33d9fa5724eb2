#pragma once

#include "actor/spawn.hpp"
#include "carillon/base/version.hpp"
#include "carillon/trigger/custom.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "cluster/spawn.hpp"
#include "runtime/actor_ends.hpp"

#include <caf/actor_system.hpp>

namespace carillon::runtime {

/// The actors of one node; those of a role that it doesn't have are null. The one place where they are put together: the node
/// and the test world use it.
struct node_actors {
  event_broker_actor broker;
  store_actor store;
  store_reader_actor reader;
  scheduler_actor scheduler;
  executor_actor executor;
  actor::long_reader_actor long_reader{}; // ends with the reader
  cluster::link_actor link{};             // of a node without a store
  job_log_actor job_log{};
  gate_actor gate{}; // of a node with a store that others may join
};

struct node_parts {
  std::shared_ptr<data_store> store; ///< null: that of another node, which `connector` reaches
  connector_actor connector{};
  cluster::link_settings link{}; ///< `self` is filled in from the rest
  std::shared_ptr<const task_registry> tasks;
  std::shared_ptr<runner_registry> runners = std::make_shared<runner_registry>();
  const clock* time = nullptr;
  duration history_retention = store_config{}.history_retention;
  durability level = durability::sync; ///< of the store's commits
  bool scheduler = true;               ///< roles
  bool worker = true;
  actor::executor_settings executor;
  actor::threading threading = actor::threading::own;
  actor_ends ends{}; ///< watches what is spawned
};

/// What the node says of itself.
[[nodiscard]] inline node_description describe(const node_parts& parts) {
  return {parts.executor.self.executor,
          std::string{version()},
          parts.store != nullptr,
          parts.scheduler,
          parts.worker,
          parts.executor.labels,
          parts.worker ? parts.executor.slots : 0,
          zone_data_version(),
          registered_trigger_kinds()};
}

[[nodiscard]] inline node_actors spawn_node(caf::actor_system& system, node_parts parts) {
  node_actors all;
  parts.link.self = describe(parts);
  const auto& bounds = parts.executor.bounds;
  if (parts.store) {
    all.broker = actor::spawn_event_broker(system);
    all.long_reader = actor::spawn_long_reader(system, parts.store, parts.history_retention, parts.threading);
    all.reader = actor::spawn_store_reader(system, parts.store, all.long_reader, *parts.time,
                                           {parts.history_retention, bounds}, parts.threading);
    all.store = actor::spawn_store(system, std::move(parts.store), *parts.time, all.broker,
                                   {bounds, parts.threading, parts.level});
    all.job_log = actor::spawn_job_log(system, job_facet{all.store}, *parts.time);
  }
  if (parts.scheduler)
    all.scheduler =
        actor::spawn_scheduler(system, planning_facet{all.store}, *parts.time, bounds, parts.executor.self.executor);
  if (parts.worker)
    all.executor = actor::spawn_executor(system, execution_facet{all.store}, *parts.time, std::move(parts.tasks),
                                         std::move(parts.runners), parts.executor, job_report_facet{all.job_log});
  const auto watch = [&parts](const auto&... each) { (parts.ends.watch(each), ...); };
  watch(all.broker, all.long_reader, all.reader, all.store, all.job_log, all.scheduler, all.executor);
  if (!all.store)
    all.link = cluster::spawn_link(system, std::move(parts.connector), *parts.time, {all.scheduler, all.executor},
                                   std::move(parts.link));
  watch(all.link);
  return all;
}

} // namespace carillon::runtime
