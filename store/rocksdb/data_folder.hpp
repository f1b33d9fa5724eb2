#pragma once

#include "carillon/base/result.hpp"

#include <string>

/// The folder that a RocksDB store lies in, and who holds it.
namespace carillon::keyed {

/// Makes the folder, and those above it, if it isn't there: only its owner may look inside (mode 0700).
/// Errors: ec::permission_denied, ec::disk_full, ec::store_io.
[[nodiscard]] result<void> make_data_folder(const std::string& folder);

/// RocksDB's own lock keeps others out; this file only tells them who holds it. Best effort.
void write_holder(const std::string& folder);

/// `process 123 (carillon)`, or nothing if it isn't known.
[[nodiscard]] std::string read_holder(const std::string& folder);

} // namespace carillon::keyed
