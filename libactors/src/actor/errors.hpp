#pragma once

#include "carillon/protocol/type_ids.hpp"

#include <exception>

namespace carillon::actor {

/// The one place where an `error` becomes CAF's, and back. CAF's own errors become ec::timed_out (no answer in time),
/// ec::unavailable (the actor is gone) or ec::internal.
[[nodiscard]] caf::error to_caf(const error& what);
[[nodiscard]] error from_caf(const caf::error& what);

/// What an actor of the node ends with when it throws (ec::internal): its exception handler. CAF's own forgets the text.
[[nodiscard]] caf::error from_exception(std::exception_ptr& thrown);

} // namespace carillon::actor
