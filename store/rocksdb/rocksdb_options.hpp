#pragma once

#include "carillon/base/time.hpp"
#include "carillon/store/family.hpp"

#include <rocksdb/db.h>

#include <atomic>
#include <cstdint>
#include <memory>

namespace carillon::keyed {

/// How RocksDB is set up: one bounded memory budget for all families, no work while idle, WAL and files checked when read.
/// Changing a setting here never makes an existing store unreadable.
struct rocksdb_settings {
  /// `expired_until`: records of the expiring families that expired at or before it (microseconds since 1970) fall out in compactions.
  explicit rocksdb_settings(std::shared_ptr<const std::atomic<std::int64_t>> expired_until);

  rocksdb::DBOptions database;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<const std::atomic<std::int64_t>> expired_until;

  [[nodiscard]] rocksdb::ColumnFamilyOptions of(family x) const;

  /// Another place for the files, for tests: small buffers, and no work but what a call makes necessary. `env` must outlive
  /// the database.
  void put_on(rocksdb::Env& env);
};

} // namespace carillon::keyed
