#pragma once

#include "carillon/trigger/definition.hpp"

#include "carillon/base/result.hpp"

#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// What a trigger does, in plain English and without a capital or a full stop:
/// `at 09:00 on Monday to Friday, Europe/Berlin time`. A text for people, which may change. Errors: as trigger::make.
[[nodiscard]] result<std::string> describe(const trigger_definition& definition);

/// The same trigger in one form out of many: macros, names, blanks and the order of a list are gone, the defaults of
/// missing cron fields and of `dst` are written out. Cron triggers with the same rule have the same form, which is its
/// own. Errors: as trigger::make.
[[nodiscard]] result<trigger_definition> canonical(const trigger_definition& definition);

} // namespace carillon
#pragma GCC visibility pop
