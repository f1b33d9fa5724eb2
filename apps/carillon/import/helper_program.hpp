#pragma once

#include "carillon/base/result.hpp"

#include <string>
#include <vector>

namespace carillon::app {

/// What another program says on standard output. `input` is its standard input, its environment this program's. Errors: ec::not_found
/// if it can't be started, ec::unsupported with the last line of its standard error if it fails.
[[nodiscard]] result<std::string> ask_program(const std::vector<std::string>& argv, const std::string& input = {});

} // namespace carillon::app
