#pragma once

#include "carillon/base/result.hpp"

#include <rocksdb/status.h>

#include <string>

namespace carillon::keyed {

/// What a RocksDB status that isn't ok means: ec::disk_full, ec::store_corrupt, ec::store_in_use, ec::permission_denied or
/// ec::store_io, with what to do about it.
[[nodiscard]] error to_error(const rocksdb::Status& status, const std::string& folder);

} // namespace carillon::keyed
