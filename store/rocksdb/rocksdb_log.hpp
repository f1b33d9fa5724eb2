#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace carillon::keyed {

/// Takes what RocksDB has to say to Carillon's log, instead of to a file LOG beside the data. That file is written to the same
/// disk: when the disk is full RocksDB 7.8, as Debian builds it, ends the process at the second line that doesn't fit (an
/// assertion in its file writer).
[[nodiscard]] std::shared_ptr<rocksdb::Logger> make_rocksdb_log();

} // namespace carillon::keyed
