#pragma once

#include "carillon/trigger/definition.hpp"

#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// Which time-zone data this process computes with: the IANA release, such as `2025b`, of the folder that the variable
/// TZDIR names, else /usr/share/zoneinfo; where that tells no release, something else that changes with the files. Any
/// thread.
[[nodiscard]] std::string zone_data_version();

/// Takes over zone data that have changed on disk since they were read; gives whether it has. Costs a look at one file
/// when nothing has changed. A change counts once two calls have seen it, as files are replaced one by one. Triggers
/// made before go on with the data that they were made with: make them again. Any thread.
bool refresh_zone_data();

/// Whether the fire times of a trigger depend on zone data. A kind of a user's own is taken not to: it looks after
/// itself.
[[nodiscard]] bool uses_local_time(const trigger_definition& definition);

} // namespace carillon
#pragma GCC visibility pop
