#pragma once

#include "carillon/protocol/type_ids.hpp"

#include <caf/fwd.hpp>
#include <caf/result.hpp>

#include <string_view>
#include <utility>

namespace carillon::actor {

/// The one place where an `error` becomes CAF's, and back. CAF's own errors become ec::timed_out (no answer in time),
/// ec::unavailable (the actor is gone) or ec::internal.
[[nodiscard]] caf::error to_caf(const error& what);
[[nodiscard]] error from_caf(const caf::error& what);

/// An actor's answer.
template <class T>
[[nodiscard]] caf::result<T> answer(result<T> given) {
  if (!given)
    return to_caf(given.err());
  return *std::move(given);
}

/// How every actor of a node meets what fails, set where it begins. When it throws itself it ends, with ec::internal and
/// the exception's text, which CAF's own handler forgets. When another actor answers one of its one-way messages with an
/// error (it doesn't take the message, or refuses it) it goes on, and a log line says so; CAF's own handler ends the actor.
/// `name`: of the actor in that line, which names the other by its id and node.
void set_failure_handlers(caf::scheduled_actor& self, std::string_view name);

} // namespace carillon::actor
