#pragma once

#include "carillon/base/time.hpp"
#include "carillon/protocol/cluster_protocol.hpp"

#include <caf/fwd.hpp>

#include <string>

/// What makes one node of several.
namespace carillon::cluster {

/// Lets other nodes in.
[[nodiscard]] gate_actor spawn_gate(caf::actor_system& system, std::string cluster_name, welcome handles);

/// Who goes on with the store that the link finds; null: there is none such.
struct link_users {
  scheduler_actor scheduler;
  executor_actor executor;
};
struct link_settings {
  std::string cluster;
  std::string name; ///< of the node
};
using link_actor = caf::typed_actor<caf::reacts_to<timer_rang>>;

/// Looks for the store until it is found, and again, at once and then less and less often, when it is lost; each time its users are
/// told. They need nobody else to come and go with a store.
[[nodiscard]] link_actor spawn_link(caf::actor_system& system, connector_actor connector, const clock& time,
                                    link_users users, link_settings settings);

} // namespace carillon::cluster
