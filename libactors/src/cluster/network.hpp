#pragma once

#include "carillon/base/result.hpp"
#include "carillon/protocol/cluster_protocol.hpp"
#include "carillon/runtime/cluster_config.hpp"
#include "cluster/tls_files.hpp"

#include <caf/fwd.hpp>

/// The connections between nodes: CAF's, plain on this machine only, and TLS with a certificate of each side elsewhere.
namespace carillon::cluster {

/// Whether nodes can meet this way, and the copies of what that needs. Errors: ec::invalid_argument, ec::permission_denied, naming
/// the field.
[[nodiscard]] result<tls_copies> check_cluster(const cluster_config& config);

/// Before the actor system is made, which `copies` must outlive.
void configure_network(caf::actor_system_config& settings, const tls_copies& copies);

/// Before the first connection.
void prepare_network(caf::actor_system& system, const tls_copies& copies);

/// Lets others in through `gate` at `config.listen`. Errors: ec::unavailable.
[[nodiscard]] result<void> listen(const gate_actor& gate, const cluster_config& config);

/// Reaches the gate at `config.join`. It has a thread of its own, as connecting blocks.
[[nodiscard]] connector_actor spawn_connector(caf::actor_system& system, const cluster_config& config);

} // namespace carillon::cluster
