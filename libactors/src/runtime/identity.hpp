#pragma once

#include "carillon/base/entropy.hpp"
#include "carillon/base/result.hpp"

#include <string>

namespace carillon::runtime {

/// A new identity of a node: `node-` and 16 hexadecimal digits.
[[nodiscard]] std::string make_identity(entropy& random);

/// The identity that the data folder's file `node-id` holds (mode 0600), which is made if it isn't there. Whoever calls it
/// holds the folder's store. Errors: ec::invalid_argument for a file that holds no id, ec::permission_denied, ec::disk_full,
/// ec::store_io.
[[nodiscard]] result<std::string> open_identity(const std::string& folder, entropy& random);

} // namespace carillon::runtime
