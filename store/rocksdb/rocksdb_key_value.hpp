#pragma once

#include "carillon/store/file_disk.hpp"

#include "keyed/key_value_source.hpp"

#include <memory>
#include <string>

namespace carillon::keyed {

/// The seam over a RocksDB database in `folder`: a column family for each family. A write that was refused may be in the log all
/// the same: it is taken back when the source opens the database again. If the process ends before, it may be found there.
[[nodiscard]] std::unique_ptr<key_value_source> make_rocksdb_source(std::string folder);
/// The same on a disk in memory.
[[nodiscard]] std::unique_ptr<key_value_source> make_rocksdb_source(std::shared_ptr<file_disk> disk);

} // namespace carillon::keyed
