#pragma once

#include "carillon/base/time.hpp"

namespace carillon::actor {

/// How long an actor waits for another one's answer: a dead peer never answers.
inline constexpr duration request_limit = std::chrono::seconds{20};
/// After a request that failed it asks again.
inline constexpr duration retry_after = std::chrono::seconds{1};

} // namespace carillon::actor
