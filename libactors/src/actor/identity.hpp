#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>

namespace carillon::actor {

/// Whether both name one actor. CAF compares the numbers of actor and process, which several actor systems of one process (as
/// in the test world) have in common.
template <class A, class B>
[[nodiscard]] bool is_same(const A& a, const B& b) {
  return caf::actor_cast<caf::actor_control_block*>(a) == caf::actor_cast<caf::actor_control_block*>(b);
}

} // namespace carillon::actor
