#pragma once

#include "crontab/parser.hpp"

#include "carillon/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::crontab {

/// What stands at the front of an entry.
struct times_text {
  std::string expression; ///< five fields with one blank between, or a macro
  std::size_t column = 0; ///< of its first character, from 1
  std::size_t end = 0;    ///< the offset in the line behind it
};

/// Reads the times of the entry `line`, which isn't blank, and checks that they can fire. The column of a fault is right
/// however the fields are set apart; its line is left to the caller.
[[nodiscard]] std::optional<fault> read_times(std::string_view line, times_text& into);

/// Checks a zone's name. Errors: ec::invalid_argument.
[[nodiscard]] result<void> check_timezone(const std::string& name);

} // namespace carillon::crontab
