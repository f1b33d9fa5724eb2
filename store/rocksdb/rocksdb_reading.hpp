#pragma once

#include "carillon/store/key_value.hpp"

#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>

#include <array>
#include <optional>
#include <string>

/// What all share that use an open RocksDB database.
namespace carillon::keyed {

// RocksDB insists on a pointer, also to nothing.
[[nodiscard]] inline rocksdb::Slice to_slice(std::string_view x) {
  return {x.data() != nullptr ? x.data() : "", x.size()};
}
[[nodiscard]] inline std::string_view to_view(const rocksdb::Slice& x) { return {x.data(), x.size()}; }

/// By family; null: it isn't there, and is as good as empty.
using family_handles = std::array<rocksdb::ColumnFamilyHandle*, family_count>;

/// As long as it lives this thread doesn't count for RocksDB each comparison of two keys, which takes a fifth of the time of a write. Whoever
/// calls may count otherwise.
class uncounted_work {
public:
  uncounted_work() { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }
  ~uncounted_work() { rocksdb::SetPerfLevel(before_); }
  uncounted_work(const uncounted_work&) = delete;
  uncounted_work& operator=(const uncounted_work&) = delete;

private:
  rocksdb::PerfLevel before_ = rocksdb::GetPerfLevel();
};

/// `at`: null for the newest state. `folder`: for error texts.
[[nodiscard]] result<std::optional<std::string>> read_key(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* where,
                                                          std::string_view key, const rocksdb::Snapshot* at,
                                                          const std::string& folder);
[[nodiscard]] result<void> read_range(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* where, key_range range,
                                      direction towards, const record_visitor& visit, const rocksdb::Snapshot* at,
                                      const std::string& folder);

} // namespace carillon::keyed
