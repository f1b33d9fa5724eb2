#pragma once

#include "carillon/base/result.hpp"
#include "carillon/runtime/cluster_config.hpp"

namespace carillon::cluster {

/// Whether the three files, if any is named, are there, can be read, belong together, and are valid now; the key's is its owner's
/// alone. CAF 0.17 meets anything else with an exception, or with a connection that isn't checked. Errors: ec::invalid_argument,
/// ec::permission_denied, naming the field and the file.
[[nodiscard]] result<void> check_tls_files(const cluster_config& config);

} // namespace carillon::cluster
