#include "rocksdb/rocksdb_key_value.hpp"

#include "rocksdb/data_folder.hpp"
#include "rocksdb/rocksdb_options.hpp"
#include "rocksdb/rocksdb_status.hpp"
#include "rocksdb/wal_syncer.hpp"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>

namespace carillon::keyed {
namespace {

// RocksDB insists on a pointer, also to nothing.
rocksdb::Slice to_slice(std::string_view x) { return {x.data() != nullptr ? x.data() : "", x.size()}; }
std::string_view to_view(const rocksdb::Slice& x) { return {x.data(), x.size()}; }

class rocksdb_key_value final : public key_value {
public:
  using handles = std::array<rocksdb::ColumnFamilyHandle*, family_count>;

  rocksdb_key_value(std::unique_ptr<rocksdb::DB> db, const handles& families, std::string folder,
                    std::shared_ptr<std::atomic<std::int64_t>> expired_until)
    : db_(std::move(db)), families_(families), folder_(std::move(folder)), expired_until_(std::move(expired_until)),
      syncer_([this] { return sync_wal(); }) {}

  ~rocksdb_key_value() override {
    rocksdb::CancelAllBackgroundWork(db_.get(), false);
    for (auto* handle : families_)
      (void)db_->DestroyColumnFamilyHandle(handle);
  }

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    std::string value;
    const auto got = db_->Get(rocksdb::ReadOptions{}, handle(where), to_slice(key), &value);
    if (got.IsNotFound())
      return std::optional<std::string>{};
    if (!got.ok())
      return to_error(got, folder_);
    return std::optional{std::move(value)};
  }

  result<void> scan(family where, key_range range, direction towards, const record_visitor& visit) const override {
    rocksdb::ReadOptions options;
    const auto lower = to_slice(range.from);
    const auto upper = to_slice(range.to);
    if (!range.from.empty())
      options.iterate_lower_bound = &lower;
    if (!range.to.empty())
      options.iterate_upper_bound = &upper;
    // A long scan must not push the blocks that everything else needs out of the cache.
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at{db_->NewIterator(options, handle(where))};
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
      return to_error(at->status(), folder_);
    return {};
  }

  result<void> write(const write_batch& batch, durability level) override {
    if (auto failed = syncer_.failure())
      return *failed;
    writes_.Clear();
    batch.for_each([&](family where, std::string_view key, std::optional<std::string_view> value) {
      // Neither can fail: the batch has no limit.
      if (value)
        (void)writes_.Put(handle(where), to_slice(key), to_slice(*value));
      else
        (void)writes_.Delete(handle(where), to_slice(key));
    });
    rocksdb::WriteOptions options;
    options.sync = level == durability::sync;
    options.disableWAL = level == durability::none;
    const auto written = db_->Write(options, &writes_);
    if (!written.ok())
      return to_error(written, folder_);
    if (level == durability::async)
      syncer_.written();
    return {};
  }

  void expire_until(timestamp now) override { expired_until_->store(now.time_since_epoch().count()); }

  result<void> close() override {
    // One flush of all families, as `none` promises: what is in memory only is on disk then, whole batches of it.
    rocksdb::FlushOptions options;
    options.wait = true;
    const std::vector<rocksdb::ColumnFamilyHandle*> all(families_.begin(), families_.end());
    if (const auto flushed = db_->Flush(options, all); !flushed.ok())
      return to_error(flushed, folder_);
    return sync_wal();
  }

private:
  rocksdb::ColumnFamilyHandle* handle(family x) const { return families_[static_cast<std::size_t>(x)]; }

  result<void> sync_wal() {
    if (const auto synced = db_->SyncWAL(); !synced.ok())
      return to_error(synced, folder_);
    return {};
  }

  std::unique_ptr<rocksdb::DB> db_;
  handles families_;
  std::string folder_;
  std::shared_ptr<std::atomic<std::int64_t>> expired_until_;
  rocksdb::WriteBatch writes_;
  wal_syncer syncer_; // last: its thread uses the database, and ends first
};

class rocksdb_source final : public key_value_source {
public:
  explicit rocksdb_source(std::string folder) : folder_(std::move(folder)) {}

  result<std::unique_ptr<key_value>> open() override {
    if (auto made = make_data_folder(folder_); !made)
      return made.err();
    auto expired_until = std::make_shared<std::atomic<std::int64_t>>(0);
    const rocksdb_settings settings{expired_until};
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors{{rocksdb::kDefaultColumnFamilyName, {}}};
    for (std::size_t i = 0; i < family_count; ++i)
      descriptors.emplace_back(std::string{family_names[i]}, settings.of(static_cast<family>(i)));
    std::vector<rocksdb::ColumnFamilyHandle*> opened;
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(rocksdb::Options{settings.database, {}}, folder_, descriptors, &opened, &db);
    if (!status.ok())
      return refuse(status);
    std::unique_ptr<rocksdb::DB> owned{db};
    (void)owned->DestroyColumnFamilyHandle(opened[0]); // the default family, which RocksDB insists on
    rocksdb_key_value::handles handles{};
    std::copy(opened.begin() + 1, opened.end(), handles.begin());
    write_holder(folder_);
    return std::unique_ptr<key_value>{
        std::make_unique<rocksdb_key_value>(std::move(owned), handles, folder_, std::move(expired_until))};
  }

  std::string backend() const override { return "rocksdb"; }
  std::string path() const override { return folder_; }

private:
  error refuse(const rocksdb::Status& status) const {
    const auto text = status.ToString();
    if (text.find("While lock file") != std::string::npos ||
        text.find("lock hold by current process") != std::string::npos) {
      const auto holder = read_holder(folder_);
      return {ec::store_in_use, fmt::format("the store in {} is held by {}: stop it first, or use another data folder",
                                            folder_, holder.empty() ? "another process" : holder)};
    }
    // Families that this version doesn't know were made by a newer one.
    if (text.find("Column families not opened") != std::string::npos)
      return {ec::store_version,
              fmt::format("the store in {} was written by a newer version of Carillon: use that version, "
                          "or another data folder",
                          folder_)};
    return to_error(status, folder_);
  }

  std::string folder_;
};

} // namespace

std::unique_ptr<key_value_source> make_rocksdb_source(std::string folder) {
  return std::make_unique<rocksdb_source>(std::move(folder));
}

} // namespace carillon::keyed
