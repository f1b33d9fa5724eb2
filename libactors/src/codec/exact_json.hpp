#pragma once

#include "carillon/base/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace carillon::codec {

/// How deep a text may be nested: enough for a trigger of `max_trigger_depth`, each level being an object and a list.
inline constexpr std::size_t max_exact_json_depth = 64;

/// Reads JSON, but keeps a number with a fraction or an exponent as it is written: as a binary value with the bytes of
/// its text, a type that no JSON text has. A name that an object has twice is refused. Errors: ec::invalid_argument
/// with the position; ec::limit_exceeded when nested too deep.
[[nodiscard]] result<nlohmann::json> parse_exact_json(std::string_view text);

/// The text of a number, whichever way it came here; empty if `number` isn't one. A floating-point number gives the
/// shortest text that names it.
[[nodiscard]] std::string number_text(const nlohmann::json& number);

/// The JSON text of a value that `parse_exact_json` gave, on one line.
[[nodiscard]] std::string dump_exact_json(const nlohmann::json& value);

} // namespace carillon::codec
