#pragma once

#include "doctor/finding.hpp"

namespace carillon::app::doctor {

/// The data folder: whose it is, who may look into it.
[[nodiscard]] finding check_folder(const std::string& folder);

/// The control socket: whether it can have that path, and who may connect.
[[nodiscard]] finding check_socket(const std::string& path);

} // namespace carillon::app::doctor
