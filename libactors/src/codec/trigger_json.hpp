#pragma once

#include "carillon/trigger/defaults.hpp"
#include "carillon/trigger/definition.hpp"
#include "codec/json_object.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace carillon::codec {

/// Reads a trigger in the forms of trigger-semantics 10 to 12; `defaults` fill in what is left out. Whether the trigger
/// makes sense is trigger::make's to say. Of a number that has become a double, the shortest text counts as written.
/// Errors: ec::invalid_argument, ec::limit_exceeded; the text names the place, unknown keys too.
[[nodiscard]] result<trigger_definition> trigger_from_json(const nlohmann::json& json,
                                                           const trigger_defaults& defaults);

/// The same from text, each number being taken exactly as written.
[[nodiscard]] result<trigger_definition> parse_trigger_json(std::string_view text, const trigger_defaults& defaults);

/// An instant in the member `name` of an object; without an offset it is a local time of `zone_name`: the first pass in
/// an overlap, refused in a gap (trigger-semantics 1.5). Errors: ec::invalid_argument, naming the member.
[[nodiscard]] result<std::optional<timestamp>> read_instant(const json_object& from, std::string_view name,
                                                            const std::string& zone_name);

/// A form that `trigger_from_json` reads back as an equal definition, whatever the defaults.
[[nodiscard]] nlohmann::json trigger_to_json(const trigger_definition& definition);

} // namespace carillon::codec
