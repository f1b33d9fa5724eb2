#pragma once

#include "base/file_descriptor.hpp"
#include "base/job_id_sequence.hpp"
#include "carillon/runtime/node.hpp"
#include "cluster/network.hpp"
#include "runtime/client.hpp"
#include "runtime/clock_watch.hpp"
#include "runtime/composition.hpp"
#include "runtime/job_adder.hpp"
#include "runtime/subscriber.hpp"

#include <caf/actor_system_config.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>

namespace carillon {
namespace runtime {

/// Through which the facade reaches the store. Those of another node's store change when it is found again.
struct store_handles {
  store_actor store; ///< null, as all: not connected
  store_reader_actor reader;
  event_broker_actor broker;
  job_log_actor job_log;
  gate_actor gate;
  caf::actor client; ///< asks them, and ends with them; what it has asked is answered then
  std::shared_ptr<job_adder> adder;
};

/// CAF's settings of a node. The network's part is there for a node that is one of several.
struct actor_configuration : caf::actor_system_config {
  actor_configuration(const cluster_config& cluster, const cluster::tls_copies& copies);
};

} // namespace runtime

struct node::implementation {
  implementation(node_config checked, std::shared_ptr<data_store> opened, file_descriptor locked,
                 cluster::tls_copies copies);

  /// Lets others in, or waits until the store that it joins is found, as its configuration says.
  result<void> connect();
  void fail(const error& why);

  /// Whether the task's code, if this node has it, takes these. Errors: ec::invalid_argument.
  [[nodiscard]] result<void> check_arguments(const std::string& task, const value& arguments) const;

  [[nodiscard]] std::shared_ptr<const runtime::store_handles> reached() const {
    const std::lock_guard guard{mutex};
    return handles;
  }
  template <class Reply, class Handle, class Message>
  auto ask(Handle runtime::store_handles::*to, Message message) const {
    return ask_within<Reply>(config.request_limit, to, std::move(message));
  }
  template <class Reply, class Handle, class Message>
  auto ask_within(duration limit, Handle runtime::store_handles::*to, Message message) const {
    const auto there = reached();
    return runtime::ask<Reply>(there->client, (*there).*to, limit, std::move(message));
  }

  /// Reads, changes, records; from the start if it has been changed by somebody else meanwhile.
  void configure_task(const std::string& id, const std::function<void(task&)>& change,
                      const pending<task>::promise& answer);

  job_id make_job_id(timestamp now = system_clock().now().wall);
  /// The job that a caller asks for. Errors: those that this node finds by itself.
  [[nodiscard]] result<job> make_job(job_request what, timestamp now = system_clock().now().wall);

  node_config config;
  node_description self;
  file_descriptor folder_lock;       // of the data folder
  std::shared_ptr<data_store> store; // null: that of the node which it joins
  std::shared_ptr<task_registry> tasks = std::make_shared<task_registry>();
  std::shared_ptr<runner_registry> runners;
  cluster::tls_copies tls;
  runtime::actor_configuration system_configuration;
  caf::actor_system system;
  runtime::actor_ends ends;    // of those of this node
  runtime::node_actors actors; // before `system` in destruction
  connector_actor connector;   // of a node that joins
  caf::actor client;           // asks this node's own actors
  caf::actor watch;
  std::unique_ptr<runtime::clock_watch> clock_watch;
  runtime::subscriptions subscriptions{system};
  job_id_sequence job_ids;

  mutable std::mutex mutex; // guards what follows
  std::condition_variable changed;
  std::shared_ptr<const runtime::store_handles> handles = std::make_shared<const runtime::store_handles>();
  std::optional<error> not_found; // why the store isn't found, as tried last
  bool is_started = false;
  bool is_stopped = false; // stopping or ended
  bool is_ended = false;
  std::optional<error> failure;

private:
  void watch_clock();
  void on_store(const result<welcome>& found);
};

} // namespace carillon
