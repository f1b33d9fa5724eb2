#pragma once

#include "cli/commands.hpp"

#include "carillon/model/simulation.hpp"

namespace carillon::app {

/// What a command line says of times and assumptions. `now` and `local_zone`: where it doesn't. Errors: ec::invalid_argument, naming
/// the option.
[[nodiscard]] result<simulation_settings> simulation_settings_of(const simulate_command& what, timestamp now,
                                                                 const std::string& local_zone);

} // namespace carillon::app
