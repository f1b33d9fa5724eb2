#pragma once

#include "carillon/store/key_value.hpp"

#include <rocksdb/db.h>

#include <array>
#include <optional>
#include <string>

/// Reading from an open RocksDB database, for all that do.
namespace carillon::keyed {

// RocksDB insists on a pointer, also to nothing.
[[nodiscard]] inline rocksdb::Slice to_slice(std::string_view x) {
  return {x.data() != nullptr ? x.data() : "", x.size()};
}
[[nodiscard]] inline std::string_view to_view(const rocksdb::Slice& x) { return {x.data(), x.size()}; }

/// By family; null: it isn't there, and is as good as empty.
using family_handles = std::array<rocksdb::ColumnFamilyHandle*, family_count>;

/// `at`: null for the newest state. `folder`: for error texts.
[[nodiscard]] result<std::optional<std::string>> read_key(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* where,
                                                          std::string_view key, const rocksdb::Snapshot* at,
                                                          const std::string& folder);
[[nodiscard]] result<void> read_range(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* where, key_range range,
                                      direction towards, const record_visitor& visit, const rocksdb::Snapshot* at,
                                      const std::string& folder);

} // namespace carillon::keyed
