#pragma once

#include "carillon/store/file_disk.hpp"

#include <rocksdb/file_system.h>

#include <memory>

namespace carillon::keyed {

/// The files of `disk` as RocksDB wants to see them, for one process that begins now: after `file_disk::kill` nothing that
/// is done through it changes anything.
[[nodiscard]] std::shared_ptr<rocksdb::FileSystem> make_disk_file_system(std::shared_ptr<file_disk> disk);

} // namespace carillon::keyed
