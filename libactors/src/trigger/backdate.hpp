#pragma once

#include "carillon/trigger/definition.hpp"

namespace carillon {

/// The same rule for fire times from `from` on, also before its own start: a cron expression has fired then too, and an interval is
/// counted backwards. A calendar interval and a kind of a user's own begin at their start. Pure.
[[nodiscard]] trigger_definition backdated(trigger_definition what, timestamp from);

} // namespace carillon
