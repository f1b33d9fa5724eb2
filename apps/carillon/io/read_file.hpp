#pragma once

#include "carillon/base/result.hpp"

#include <string>

namespace carillon::app {

/// All that a file holds; it may be a pipe. Errors: ec::invalid_argument, why it can't be read: `within(path)` says where.
[[nodiscard]] result<std::string> read_whole_file(const std::string& path);
/// The same of what has been given to the program.
[[nodiscard]] result<std::string> read_standard_input();

} // namespace carillon::app
