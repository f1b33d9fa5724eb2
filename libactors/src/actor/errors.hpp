#pragma once

#include "carillon/protocol/type_ids.hpp"

namespace carillon::actor {

/// The one place where an `error` becomes CAF's, and back. CAF's own errors become ec::timed_out (no answer in time),
/// ec::unavailable (the actor is gone) or ec::internal.
[[nodiscard]] caf::error to_caf(const error& what);
[[nodiscard]] error from_caf(const caf::error& what);

} // namespace carillon::actor
