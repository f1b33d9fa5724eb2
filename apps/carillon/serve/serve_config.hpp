#pragma once

#include "cli/commands.hpp"
#include "crontab/read_crontabs.hpp"

#include "carillon/runtime/node.hpp"

namespace carillon::app {

/// The node that `carillon serve` opens; what starts commands isn't in it.
[[nodiscard]] node_config node_config_of(const serve_command& what);

[[nodiscard]] crontab::crontab_config crontab_config_of(const serve_command& what, const std::string& zone);

/// What `carillon serve` would refuse of these options before it makes or opens anything. Errors: those of `node::check` and
/// `crontab::check_sources`.
[[nodiscard]] result<void> check_serve(const serve_command& what);

} // namespace carillon::app
