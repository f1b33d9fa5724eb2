#pragma once

#include "carillon/trigger/definition.hpp"
#include "trigger/local_rule.hpp"

namespace carillon {

/// What rules 4.4 and 5.8 say where a trigger doesn't.
inline constexpr dst_policy cron_dst{gap_policy::skip, overlap_pass::both};
inline constexpr dst_policy calendar_interval_dst{gap_policy::skip, overlap_pass::first};

/// Reads the fields of section 5. Errors: ec::invalid_argument, with field and position; ec::limit_exceeded.
[[nodiscard]] result<local_fields> parse_cron_fields(const cron_definition& definition);

} // namespace carillon
