#pragma once

#include "carillon/trigger/defaults.hpp"
#include "carillon/trigger/definition.hpp"

#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// Reads a trigger in JSON (trigger-semantics 10 to 12); `defaults` fill in what is left out. Whether the trigger makes
/// sense is trigger::make's to say. Errors: ec::invalid_argument, ec::limit_exceeded; the text names the place.
[[nodiscard]] result<trigger_definition> parse_trigger_json_text(std::string_view text,
                                                                 const trigger_defaults& defaults);

/// The JSON text of a trigger, on one line, that reads back as an equal definition, whatever the defaults.
[[nodiscard]] std::string to_json_text(const trigger_definition& definition);

} // namespace carillon
#pragma GCC visibility pop
