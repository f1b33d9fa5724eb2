#pragma once

#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/protocol/executor_protocol.hpp"
#include "carillon/protocol/job_log_protocol.hpp"
#include "carillon/protocol/scheduler_protocol.hpp"
#include "carillon/protocol/store_protocol.hpp"

#include <string>

/// How a node without the store role finds the store, and again after it was lost.
namespace carillon {

/// From a node that joins: who it is.
struct hello_node {
  std::string cluster;
  std::uint32_t protocol = protocol_version;
  std::string name;          ///< of the node
  std::uint64_t process = 0; ///< the number that an earlier `welcome` gave this process; 0: none did
  std::string store_id;      ///< of the store that did
};
/// The store's handles, and what the node needs to know of it.
struct welcome {
  store_actor store;
  store_reader_actor reader;
  event_broker_actor broker;
  job_log_actor job_log;
  std::uint64_t process = 0; ///< of the joining node's process, see `lease_holder`
  duration lease{};
  std::string store_id;
};
/// The gate of a node with the store role lets others in. It is the one actor that such a node publishes. Errors:
/// ec::conflict for another cluster, or another version of the protocol.
using gate_actor = caf::typed_actor<caf::replies_to<hello_node>::with<welcome>>;

/// Answered with `gate_found`, or an error after a bounded time.
struct find_gate {};
struct gate_found {
  gate_actor gate;
};
/// Reaches the gate over whatever network there is.
using connector_actor = caf::typed_actor<caf::replies_to<find_gate>::with<gate_found>>;

/// To the scheduler and the executor: this is the store now; null, that there is none until the next one. What they had asked of
/// another one has no answer any more.
struct use_store {
  store_actor store;
  job_log_actor job_log;
  std::uint64_t process = 0;
  duration lease{};
  duration age{}; ///< since the request was made that found it
  std::string store_id;
};

template <class Inspector>
auto inspect(Inspector& f, hello_node& x) {
  return f(caf::meta::type_name("hello_node"), x.cluster, x.protocol, x.name, x.process, x.store_id);
}
template <class Inspector>
auto inspect(Inspector& f, welcome& x) {
  return f(caf::meta::type_name("welcome"), x.store, x.reader, x.broker, x.job_log, x.process, x.lease, x.store_id);
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

} // namespace carillon
