#include "rocksdb/rocksdb_options.hpp"

#include "codec/envelope.hpp"
#include "rocksdb/rocksdb_log.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

namespace carillon::keyed {
namespace {

constexpr std::size_t cache_size_bytes = 32 << 20;         // blocks, their indexes and filters, and the memtables
constexpr std::size_t write_buffers_size_bytes = 24 << 20; // of all families together

// A memtable that is full by itself is never to be: RocksDB 7.8 doesn't survive an error while it begins new ones for that
// reason (DBImpl::ScheduleFlushes keeps references to the families after it, and the closing ends the process with
// "Assertion `last_ref' failed"). Being full together is reason enough, and its way is sound.
constexpr std::size_t never_full_bytes = 4 * write_buffers_size_bytes;

// Expired records fall out when files are merged anyway: nothing is deleted one by one.
class expiry_filter final : public rocksdb::CompactionFilter {
public:
  explicit expiry_filter(std::int64_t until) : until_(until) {}

  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*, bool*) const override {
    const auto expiry = codec::expiry_of({value.data(), value.size()});
    return expiry && expiry->time_since_epoch().count() <= until_;
  }
  const char* Name() const override { return "carillon.expiry"; }

private:
  std::int64_t until_;
};

class expiry_filter_factory final : public rocksdb::CompactionFilterFactory {
public:
  explicit expiry_filter_factory(std::shared_ptr<const std::atomic<std::int64_t>> until) : until_(std::move(until)) {}

  std::unique_ptr<rocksdb::CompactionFilter>
  CreateCompactionFilter(const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<expiry_filter>(until_->load());
  }
  const char* Name() const override { return "carillon.expiry"; }

private:
  std::shared_ptr<const std::atomic<std::int64_t>> until_;
};

} // namespace

rocksdb_settings::rocksdb_settings(std::shared_ptr<const std::atomic<std::int64_t>> expired)
  : cache(rocksdb::NewLRUCache(cache_size_bytes, 4)), expired_until(std::move(expired)) {
  database.create_if_missing = true;
  database.create_missing_column_families = true;
  database.paranoid_checks = true;
  database.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(write_buffers_size_bytes, cache);

  // A tail that a crash cut off is normal. Damage with sound records behind it isn't: those were acknowledged, and opening
  // without them would lose them unseen. (kPointInTimeRecovery, the default, would.)
  database.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  database.track_and_verify_wals_in_manifest = true;
  database.atomic_flush =
      true; // durability `none` writes no WAL: what a flush keeps must be whole batches of all families
  database.max_total_wal_size = 64 << 20;

  // Idle costs nothing, and little is left lying about.
  database.stats_dump_period_sec = 0;
  database.stats_persist_period_sec = 0;
  database.max_background_jobs = 2;
  database.max_open_files = 256;
  database.info_log = make_silent_log();
  database.max_manifest_file_size = 4 << 20;

  // One writer: no machinery for several.
  database.allow_concurrent_memtable_write = false;
  database.enable_write_thread_adaptive_yield = false;
  database.bytes_per_sync = 1 << 20;
  database.wal_bytes_per_sync = 512 << 10;
  database.recycle_log_file_num = 0; // not with kTolerateCorruptedTailRecords
}

rocksdb::ColumnFamilyOptions rocksdb_settings::of(family x) const {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = never_full_bytes;
  options.arena_block_size = 128 << 10;
  options.max_write_buffer_number = 3;
  options.compression = rocksdb::kNoCompression;
  options.bottommost_compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = 16 << 20;
  options.max_bytes_for_level_base = 64 << 20;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = false;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

  if (x == family::jobs) {
    options.arena_block_size = 1 << 20;
    // Adding a job asks whether its id is taken: the answer is nearly always no, and needs no search then. Of 100 MiB this is
    // 800 KiB.
    options.memtable_prefix_bloom_size_ratio = 0.008;
    options.memtable_whole_key_filtering = true;
    // Ids begin with their time: the next key belongs beside the last one, and isn't searched for from the top.
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(3));
  }
  if (is_expiring(x)) {
    options.compaction_filter_factory = std::make_shared<expiry_filter_factory>(expired_until);
    // Files that no new record ever touches are looked through once a day, for what has expired.
    options.periodic_compaction_seconds = std::uint64_t{24} * 60 * 60;
  }
  if (x == family::states) {
    options.arena_block_size = 1 << 20;
    // Schedules that are due together fire in the order of their keys.
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(3));
  }
  if (database.env != rocksdb::Env::Default()) {
    options.arena_block_size = 4 << 10;
    options.memtable_prefix_bloom_size_ratio = 0;
    options.disable_auto_compactions = true;
  }
  return options;
}

void rocksdb_settings::put_on(rocksdb::Env& env) {
  database.env = &env;
  database.db_host_id.clear(); // it would stand in the files
  database.max_manifest_file_size = 16 << 10;
  database.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(128 << 10);
}

} // namespace carillon::keyed
