#pragma once

#include "runtime/composition.hpp"

#include <caf/actor.hpp>

#include <functional>

namespace carillon::runtime {

/// An actor that calls `on_end` once, with ec::internal, when one of `actors` ends while it watches: end it before them.
[[nodiscard]] caf::actor spawn_watch(caf::actor_system& system, const node_actors& actors,
                                     const std::function<void(const error&)>& on_end);

} // namespace carillon::runtime
