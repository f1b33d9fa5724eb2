#pragma once

#include "carillon/store/key_value.hpp"

#include <memory>
#include <string>

namespace carillon::keyed {

/// The RocksDB store in `folder` as it was at one moment: what lies in its files, and what its log has beside them. Writes
/// nothing and takes no lock: works beside whoever holds the folder. Any thread. Errors: ec::not_found (no store there),
/// ec::store_version, ec::store_corrupt, ec::store_io, ec::permission_denied, ec::unavailable (its files change all the time).
[[nodiscard]] result<std::unique_ptr<const record_reader>> open_read_only(const std::string& folder);

} // namespace carillon::keyed
