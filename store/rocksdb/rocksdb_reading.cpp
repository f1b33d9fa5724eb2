#include "rocksdb/rocksdb_reading.hpp"

#include "rocksdb/rocksdb_status.hpp"

#include <memory>

namespace carillon::keyed {

result<std::optional<std::string>> read_key(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* where, std::string_view key,
                                            const rocksdb::Snapshot* at, const std::string& folder) {
  if (where == nullptr)
    return std::optional<std::string>{};
  const uncounted_work uncounted;
  rocksdb::ReadOptions options;
  options.snapshot = at;
  std::string value;
  const auto got = db.Get(options, where, to_slice(key), &value);
  if (got.IsNotFound())
    return std::optional<std::string>{};
  if (!got.ok())
    return to_error(got, folder);
  return std::optional{std::move(value)};
}

result<void> read_range(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* where, key_range range, direction towards,
                        const record_visitor& visit, const rocksdb::Snapshot* snapshot, const std::string& folder) {
  if (where == nullptr)
    return {};
  const uncounted_work uncounted;
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  const auto lower = to_slice(range.from);
  const auto upper = to_slice(range.to);
  if (!range.from.empty())
    options.iterate_lower_bound = &lower;
  if (!range.to.empty())
    options.iterate_upper_bound = &upper;
  // A long scan must not push the blocks that everything else needs out of the cache.
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at{db.NewIterator(options, where)};
  if (towards == direction::ascending)
    at->SeekToFirst();
  else
    at->SeekToLast();
  while (at->Valid() && visit(to_view(at->key()), to_view(at->value()))) {
    if (towards == direction::ascending)
      at->Next();
    else
      at->Prev();
  }
  if (!at->status().ok())
    return to_error(at->status(), folder);
  return {};
}

} // namespace carillon::keyed
