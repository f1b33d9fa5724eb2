#pragma once

#include "carillon/model/schedule.hpp"

#include <optional>

namespace carillon::keyed {

/// Instants and lengths of time are whole microseconds: what follows an instant at once.
inline constexpr duration resolution{1};

/// Where a trigger stands when it has given its first fire time after some instant.
struct first_fire {
  std::optional<timestamp> at; ///< none: there is none any more
  trigger_cursor cursor;
};

/// The first one of the schedule's trigger after `covered_to`; of all if there is none. Errors: those of the trigger.
/// Pure.
[[nodiscard]] result<first_fire> find_first_fire(const schedule_definition& what, std::optional<timestamp> covered_to);

} // namespace carillon::keyed
