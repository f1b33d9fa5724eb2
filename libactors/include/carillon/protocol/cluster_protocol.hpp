#pragma once

#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/protocol/executor_protocol.hpp"
#include "carillon/protocol/job_log_protocol.hpp"
#include "carillon/protocol/scheduler_protocol.hpp"
#include "carillon/protocol/store_protocol.hpp"

#include <string>

#pragma GCC visibility push(default)
/// @file
/// How a node without the store role finds the store, and again after it was lost.
namespace carillon {

/// From a node that joins: who it is. Its form, number and place among the messages are the same in all versions of the
/// protocol, so that one of another version is told so; `greeting` isn't looked at before.
struct hello_node {
  std::string cluster{};                     ///< its cluster_config::name
  std::uint32_t protocol = protocol_version; ///< its own
  std::string greeting{};                    ///< a node_greeting, as its record
};
/// From a node that has joined, again and again.
struct node_report {
  std::string name{};      ///< of the node
  timestamp wall{};        ///< its clock, to be shown and used for nothing (decision 2)
  std::string zone_data{}; ///< the version that it plans by
};
/// Between two reports of a node.
inline constexpr duration report_every = std::chrono::seconds{10};
struct welcome;
/// All that is published. Errors: ec::conflict for another cluster, another version of the protocol, or the name of the
/// node with the store; ec::unavailable while a node of that name is connected.
using gate_facet = caf::typed_actor<caf::replies_to<hello_node>::with<welcome>>;
/// The gate of the node with the store lets others in, and knows who is there.
using gate_actor = gate_facet::extend<caf::reacts_to<node_report>, caf::replies_to<list_nodes>::with<node_list>,
                                      /// One that is gone. ec::not_found; ec::wrong_state for one that is connected.
                                      caf::replies_to<remove_node>::with<done>>;

/// The handles of the node with the store, and what the one that joins needs to know.
struct welcome {
  gate_actor gate{};           ///< null, as the others: the connection has ended meanwhile
  store_actor store{};         ///< its end, seen by a monitor, says that it is lost
  store_reader_actor reader{}; ///< of that store
  event_broker_actor broker{}; ///< to which that store publishes
  job_log_actor job_log{};     ///< beside that store
  std::uint64_t process = 0;   ///< of the joining node's process, see `lease_holder`
  duration lease{};            ///< store_config::lease of that store
  std::string store_id{};      ///< see `use_store`
};

/// Answered with `gate_found`, or an error after a bounded time.
struct find_gate {};
/// The answer to `find_gate`.
struct gate_found {
  gate_facet gate{}; ///< of the node with the store, as it is published
};
/// Reaches the gate over whatever network there is.
using connector_actor = caf::typed_actor<caf::replies_to<find_gate>::with<gate_found>>;

/// To the scheduler and the executor: this is the store now; null, that there is none until the next one. What they had asked of
/// another one has no answer any more.
struct use_store {
  store_actor store{};       ///< null: all that follows is empty
  job_log_actor job_log{};   ///< beside that store
  std::uint64_t process = 0; ///< of this node from now on, see `lease_holder`
  duration lease{};          ///< how long its leases last
  duration age{};            ///< since the request was made that found it
  std::string store_id{};    ///< another one than before: it knows nothing of what runs here, which is stopped
};

/// @cond
template <class Inspector>
auto inspect(Inspector& f, hello_node& x) {
  return f(caf::meta::type_name("hello_node"), x.cluster, x.protocol, x.greeting);
}
template <class Inspector>
auto inspect(Inspector& f, node_report& x) {
  return f(caf::meta::type_name("node_report"), x.name, x.wall, x.zone_data);
}
template <class Inspector>
auto inspect(Inspector& f, welcome& x) {
  return f(caf::meta::type_name("welcome"), x.gate, x.store, x.reader, x.broker, x.job_log, x.process, x.lease,
           x.store_id);
}
template <class Inspector>
auto inspect(Inspector& f, find_gate& /*x*/) {
  return f(caf::meta::type_name("find_gate"));
}
template <class Inspector>
auto inspect(Inspector& f, gate_found& x) {
  return f(caf::meta::type_name("gate_found"), x.gate);
}
template <class Inspector>
auto inspect(Inspector& f, use_store& x) {
  return f(caf::meta::type_name("use_store"), x.store, x.job_log, x.process, x.lease, x.age, x.store_id);
}
/// @endcond

} // namespace carillon
#pragma GCC visibility pop
