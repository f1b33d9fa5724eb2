#pragma once

#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"
#include "carillon/protocol/cluster_protocol.hpp"

#include <caf/fwd.hpp>

#include <cstdint>

#include <functional>
#include <string>

/// What makes one node of several.
namespace carillon::cluster {

struct gate_settings {
  std::string cluster;
  node_description self;     ///< the node with the store
  std::uint64_t process = 0; ///< its own
  const clock* time = nullptr;
};
/// Lets other nodes in: one for each name, as long as it lives, and none with that of this node. It has the store record who comes and
/// goes. In `handles` gate and process are left out.
[[nodiscard]] gate_actor spawn_gate(caf::actor_system& system, gate_settings settings, welcome handles);

/// Who goes on with the store that the link finds; null: there is none such.
struct link_users {
  scheduler_actor scheduler;
  executor_actor executor;
};
struct link_settings {
  std::string cluster;
  node_description self;
  bool watches_zone_data = false; ///< takes over the machine's newer zone data, as the store's node does by itself
  /// Told, on the link's thread, of each store that it finds, of its loss, and why it isn't found. May be empty.
  std::function<void(const result<welcome>&)> on_store{};
};
using link_actor = caf::typed_actor<caf::reacts_to<timer_rang>>;

/// Looks for the store until it is found, and again, at once and then less and less often, when it is lost; each time its users are
/// told. They need nobody else to come and go with a store.
[[nodiscard]] link_actor spawn_link(caf::actor_system& system, connector_actor connector, const clock& time,
                                    link_users users, link_settings settings);

} // namespace carillon::cluster
