#include "rocksdb/rocksdb_key_value.hpp"

#include "base/data_folder.hpp"
#include "rocksdb/database_files.hpp"
#include "rocksdb/disk_file_system.hpp"
#include "rocksdb/held_env.hpp"
#include "rocksdb/new_folder.hpp"
#include "rocksdb/rocksdb_options.hpp"
#include "rocksdb/rocksdb_reading.hpp"
#include "rocksdb/rocksdb_status.hpp"
#include "rocksdb/wal_syncer.hpp"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <mutex>

namespace carillon::keyed {
namespace {

class rocksdb_snapshot final : public record_reader {
public:
  rocksdb_snapshot(rocksdb::DB& db, const family_handles& families, const std::string& folder)
    : db_(db), families_(families), folder_(folder), at_(db.GetSnapshot()) {}
  ~rocksdb_snapshot() override { db_.ReleaseSnapshot(at_); }
  rocksdb_snapshot(const rocksdb_snapshot&) = delete;
  rocksdb_snapshot& operator=(const rocksdb_snapshot&) = delete;

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    return read_key(db_, families_[static_cast<std::size_t>(where)], key, at_, folder_);
  }
  result<void> scan(family where, key_range range, direction towards, const record_visitor& visit) const override {
    return read_range(db_, families_[static_cast<std::size_t>(where)], range, towards, visit, at_, folder_);
  }

private:
  rocksdb::DB& db_;
  family_handles families_;
  std::string folder_;
  const rocksdb::Snapshot* at_;
};

class rocksdb_key_value final : public key_value {
public:
  /// `env`: of a file disk; null: the machine's. `refused`: gets what a refused write would have replaced.
  rocksdb_key_value(std::unique_ptr<rocksdb::DB> db, const family_handles& families, std::string folder,
                    std::shared_ptr<std::atomic<std::int64_t>> expired_until, std::shared_ptr<held_env> env,
                    std::shared_ptr<write_batch> refused)
    : env_(std::move(env)), db_(std::move(db)), families_(families), folder_(std::move(folder)),
      expired_until_(std::move(expired_until)), refused_(std::move(refused)) {
    if (!env_)
      syncer_.emplace([this] { return sync_wal(); });
  }

  ~rocksdb_key_value() override {
    syncer_.reset(); // its thread uses the database
    const auto turn = let_background_work();
    rocksdb::CancelAllBackgroundWork(db_.get(), false);
    for (auto* handle : families_)
      (void)db_->DestroyColumnFamilyHandle(handle);
    db_.reset();
  }

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    return read_key(*db_, handle(where), key, nullptr, folder_);
  }

  result<void> scan(family where, key_range range, direction towards, const record_visitor& visit) const override {
    return read_range(*db_, handle(where), range, towards, visit, nullptr, folder_);
  }

  result<std::unique_ptr<const record_reader>> snapshot() const override {
    return std::unique_ptr<const record_reader>{std::make_unique<rocksdb_snapshot>(*db_, families_, folder_)};
  }

  result<void> write(const write_batch& batch, durability level) override {
    if (auto failed = syncer_ ? syncer_->failure() : std::nullopt)
      return *failed;
    const std::lock_guard lock{write_mutex_};
    auto written = put(batch, level);
    if (!written && level != durability::none)
      remember_before(batch);
    return written;
  }

  /// After an opening: what was refused isn't there.
  result<void> take_back_refused() {
    if (refused_->empty())
      return {};
    const std::lock_guard lock{write_mutex_};
    auto written = put(*refused_, durability::sync);
    if (written)
      refused_->clear();
    return written;
  }

  void expire_until(timestamp now) override { expired_until_->store(now.time_since_epoch().count()); }

  result<void> drop_expired() const override {
    const auto turn = let_background_work();
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false; // what RocksDB does by itself goes on beside it
    // Also the files that would only be moved otherwise: what expired lies in them.
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    options.canceled = &is_interrupted_;
    for (const auto each : expiring_families) {
      if (is_interrupted_)
        return drop_interrupted();
      if (const auto done = db_->CompactRange(options, handle(each), nullptr, nullptr); !done.ok())
        return is_interrupted_ ? drop_interrupted() : to_error(done, folder_);
    }
    return {};
  }

  result<void> back_up(const std::string& folder) const override {
    if (env_)
      return key_value::back_up(folder);
    auto made = new_folder::begin(folder);
    if (!made)
      return made.err();
    rocksdb::Checkpoint* opened = nullptr;
    auto status = rocksdb::Checkpoint::Create(db_.get(), &opened);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint{opened};
    if (status.ok()) // flushes, as durability `none` has no log that could be copied
      status = checkpoint->CreateCheckpoint(made->path());
    if (!status.ok())
      return to_error(status, status.ToString().find(made->path()) != std::string::npos ? folder : folder_)
          .within("backup into " + folder);
    const auto marked = mark_as_backup(made->path());
    return marked ? made->finish() : marked;
  }

  void interrupt() noexcept override { is_interrupted_ = true; }

  result<void> close() override {
    auto turn = let_background_work();
    // One flush of all families, as `none` promises: what is in memory only is on disk then, whole batches of it.
    rocksdb::FlushOptions options;
    options.wait = true;
    const std::vector<rocksdb::ColumnFamilyHandle*> all(families_.begin(), families_.end());
    if (const auto flushed = db_->Flush(options, all); !flushed.ok())
      return to_error(flushed, folder_);
    turn.reset(); // what the flush leaves to be removed is removed before the sync
    return sync_wal();
  }

private:
  rocksdb::ColumnFamilyHandle* handle(family x) const { return families_[static_cast<std::size_t>(x)]; }

  result<void> put(const write_batch& batch, durability level) {
    const uncounted_work uncounted;
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
    let_background_work().reset(); // what the write has made necessary
    if (!written.ok())
      return to_error(written, folder_);
    if (level == durability::async && syncer_)
      syncer_->written();
    return {};
  }

  // RocksDB refuses a write whose record it couldn't sync, and reads the record back when it opens again. Nobody was told of
  // what would come back so: no event, and an error to who asked. What it replaced can be read still.
  void remember_before(const write_batch& batch) {
    batch.for_each([&](family where, std::string_view key, std::optional<std::string_view>) {
      const auto before = get(where, key);
      if (before && *before)
        refused_->put(where, key, **before);
      else if (before)
        refused_->erase(where, key);
    });
  }

  /// Where it is held: it goes on while this lives.
  std::unique_ptr<held_env::turn> let_background_work() const {
    return env_ ? std::make_unique<held_env::turn>(*env_) : nullptr;
  }

  result<void> sync_wal() {
    if (const auto synced = db_->SyncWAL(); !synced.ok())
      return to_error(synced, folder_);
    return {};
  }

  std::shared_ptr<held_env> env_; // ends after the database
  std::unique_ptr<rocksdb::DB> db_;
  family_handles families_;
  std::string folder_;
  std::shared_ptr<std::atomic<std::int64_t>> expired_until_;
  std::shared_ptr<write_batch> refused_;
  mutable std::atomic<bool> is_interrupted_{false}; // RocksDB wants to be able to change it, and doesn't
  std::mutex write_mutex_;
  rocksdb::WriteBatch writes_;
  std::optional<wal_syncer> syncer_; // none on a file disk, which is told when to sync
};

class rocksdb_source final : public key_value_source {
public:
  /// `disk`: null: the machine's.
  rocksdb_source(std::string folder, std::shared_ptr<file_disk> disk)
    : folder_(std::move(folder)), disk_(std::move(disk)) {}

  result<std::unique_ptr<key_value>> open() override {
    if (!disk_)
      if (auto made = make_data_folder(folder_); !made)
        return made.err();
    auto expired_until = std::make_shared<std::atomic<std::int64_t>>(0);
    rocksdb_settings settings{expired_until};
    std::shared_ptr<held_env> env;
    std::optional<held_env::turn> turn;
    if (disk_) {
      env = std::make_shared<held_env>(make_disk_file_system(disk_));
      turn.emplace(*env);
      settings.put_on(*env);
    }
    if (auto checked = check_database_files(*settings.database.env, folder_); !checked)
      return checked.err();
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
    family_handles handles{};
    std::copy(opened.begin() + 1, opened.end(), handles.begin());
    if (!disk_)
      write_holder(folder_);
    auto made = std::make_unique<rocksdb_key_value>(std::move(owned), handles, folder_, std::move(expired_until),
                                                    std::move(env), refused_);
    if (auto taken = made->take_back_refused(); !taken)
      return taken.err();
    return std::unique_ptr<key_value>{std::move(made)};
  }

  std::string backend() const override { return "rocksdb"; }
  std::string path() const override { return folder_; }

private:
  error refuse(const rocksdb::Status& status) const {
    const auto text = status.ToString();
    if (text.find("While lock file") != std::string::npos ||
        text.find("lock hold by current process") != std::string::npos)
      return data_folder_held(folder_);
    // Families that this version doesn't know were made by a newer one.
    if (text.find("Column families not opened") != std::string::npos)
      return {ec::store_version,
              fmt::format("the store in {} was written by a newer version of Carillon: use that version, "
                          "or another data folder",
                          folder_)};
    return to_error(status, folder_);
  }

  std::string folder_;
  std::shared_ptr<file_disk> disk_;
  std::shared_ptr<write_batch> refused_ = std::make_shared<write_batch>();
};

} // namespace

std::unique_ptr<key_value_source> make_rocksdb_source(std::string folder) {
  return std::make_unique<rocksdb_source>(std::move(folder), nullptr);
}

std::unique_ptr<key_value_source> make_rocksdb_source(std::shared_ptr<file_disk> disk) {
  return std::make_unique<rocksdb_source>("/data", std::move(disk));
}

} // namespace carillon::keyed
