#pragma once

#include "carillon/trigger/custom.hpp"
#include "carillon/trigger/definition.hpp"

#include <string>
#include <vector>

namespace carillon {

/// The user's trigger itself. Errors: ec::invalid_argument: the kind isn't registered, or it refuses the parameters.
[[nodiscard]] result<std::unique_ptr<const custom_trigger>> make_custom_trigger(const custom_definition& definition);

/// The custom kinds that the trigger is made of, ascending, each once.
[[nodiscard]] std::vector<std::string> custom_kinds_of(const trigger_definition& what);

} // namespace carillon
