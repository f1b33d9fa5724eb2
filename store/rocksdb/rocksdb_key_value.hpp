#pragma once

#include "keyed/key_value.hpp"

#include <memory>
#include <string>

namespace carillon::keyed {

/// The seam over a RocksDB database in `folder`: a column family for each family.
[[nodiscard]] std::unique_ptr<key_value_source> make_rocksdb_source(std::string folder);

} // namespace carillon::keyed
