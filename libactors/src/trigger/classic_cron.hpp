#pragma once

#include "carillon/trigger/definition.hpp"
#include "trigger/local_rule.hpp"

#include <string_view>

namespace carillon {

struct classic_expression {
  local_fields fields;
  dst_policy dst; ///< what 12.6 gives
};

/// Reads an expression of section 12. Errors: ec::invalid_argument, with the position; ec::limit_exceeded.
[[nodiscard]] result<classic_expression> parse_classic_cron(std::string_view expression);

} // namespace carillon
