#pragma once

#include "carillon/base/result.hpp"

#include <rocksdb/status.h>

#include <string>
#include <string_view>

namespace carillon::keyed {

/// What a RocksDB status that isn't ok means: ec::disk_full, ec::store_corrupt, ec::store_in_use, ec::permission_denied or
/// ec::store_io, with what to do about it.
[[nodiscard]] error to_error(const rocksdb::Status& status, const std::string& folder);

/// ec::store_corrupt, for a person. `advice` is what can be done beside restoring a backup.
[[nodiscard]] error store_damaged(const std::string& folder, std::string_view why, std::string_view advice);

} // namespace carillon::keyed
