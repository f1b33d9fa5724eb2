#pragma once

#include "carillon/trigger/custom.hpp"
#include "carillon/trigger/definition.hpp"

#include <span>
#include <string>

namespace carillon {

/// The user's trigger itself. Errors: ec::invalid_argument: the kind isn't registered, or it refuses the parameters.
[[nodiscard]] result<std::unique_ptr<const custom_trigger>> make_custom_trigger(const custom_definition& definition);

/// A kind that the trigger is made of and that isn't in `known`, which is ascending; null: there is none.
[[nodiscard]] const std::string* find_unknown_kind(const trigger_definition& what, std::span<const std::string> known);

} // namespace carillon
