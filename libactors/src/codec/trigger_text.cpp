#include "carillon/trigger/trigger_text.hpp"

#include "codec/trigger_json.hpp"

namespace carillon {

result<trigger_definition> parse_trigger_json_text(std::string_view text, const trigger_defaults& defaults) {
  return codec::parse_trigger_json(text, defaults);
}

std::string to_json_text(const trigger_definition& definition) { return codec::trigger_to_json(definition).dump(); }

} // namespace carillon
