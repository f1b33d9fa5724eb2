#pragma once

#include "doctor/finding.hpp"

#include "carillon/base/time.hpp"
#include "carillon/runtime/cluster_config.hpp"

namespace carillon::app::doctor {

/// The three files of a node in a cluster: whether they can be read, by whom, until when they are good, and whether they belong together.
/// Nothing: none is named.
[[nodiscard]] findings check_certificates(const cluster_config& config, timestamp now);

} // namespace carillon::app::doctor
