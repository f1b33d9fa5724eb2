#pragma once

#include "carillon/trigger/definition.hpp"

#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// Reads the 5-field text of section 6, `minute hour day month day_of_week`, into the fields of a cron trigger; its
/// start_time, end_time and timezone are left to the caller. (The Unix crontab's own rules: `classic_cron_definition`.)
/// Errors: ec::invalid_argument, with the position in `expression`; ec::limit_exceeded.
[[nodiscard]] result<cron_definition> parse_crontab_fields(std::string_view expression);

} // namespace carillon
#pragma GCC visibility pop
