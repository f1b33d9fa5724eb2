// What nearly every file of the actor half includes; made once. No file relies on it: each includes what it uses.
#pragma once

#include "carillon/protocol/cluster_protocol.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>
