#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace carillon::keyed {

/// Where RocksDB tells what it does: nowhere, as whatever is wrong comes back as a status too. Its own log is a file on the disk of
/// the data: when that is full, RocksDB 7.8, as Debian builds it, ends the process at the second line that doesn't fit (an
/// assertion in its file writer).
[[nodiscard]] std::shared_ptr<rocksdb::Logger> make_silent_log();

} // namespace carillon::keyed
