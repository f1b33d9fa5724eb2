#include "carillon/store/file_disk.hpp"

#include "keyed/keyed_store.hpp"
#include "rocksdb/disk_content.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

namespace carillon {

file_disk::file_disk() : content_(std::make_unique<content>()) {}
file_disk::~file_disk() = default;

void file_disk::sync() {
  const std::lock_guard lock{content_->mutex};
  content_->files.sync_all();
}

void file_disk::kill() {
  const std::lock_guard lock{content_->mutex};
  content_->files.kill();
}

void file_disk::lose_unsynced() {
  const std::lock_guard lock{content_->mutex};
  content_->files.lose_unsynced(nullptr);
}

void file_disk::lose_unsynced(entropy& random) {
  const std::lock_guard lock{content_->mutex};
  content_->files.lose_unsynced(&random);
}

bool file_disk::has_unsynced() const {
  const std::lock_guard lock{content_->mutex};
  return content_->files.has_unsynced();
}

void file_disk::cut_power(std::uint64_t n) {
  const std::lock_guard lock{content_->mutex};
  content_->files.cut_power(n);
}

bool file_disk::is_cut() const {
  const std::lock_guard lock{content_->mutex};
  return content_->files.is_cut();
}

void file_disk::fail_write(std::uint64_t n, error why) {
  const std::lock_guard lock{content_->mutex};
  content_->files.fail_write(n, std::move(why));
}

void file_disk::fail_once(operation what, std::string_view part_of_name, std::uint64_t n, error why) {
  const std::lock_guard lock{content_->mutex};
  content_->files.fail_once(what, part_of_name, n, std::move(why));
}

void file_disk::limit_space(std::uint64_t free_bytes) {
  const std::lock_guard lock{content_->mutex};
  content_->files.limit_space(free_bytes);
}

void file_disk::repair() {
  const std::lock_guard lock{content_->mutex};
  content_->files.repair();
}

std::uint64_t file_disk::writes() const {
  const std::lock_guard lock{content_->mutex};
  return content_->files.writes();
}

void file_disk::record_operations(bool on) {
  const std::lock_guard lock{content_->mutex};
  content_->files.record_operations(on);
}

std::vector<std::string> file_disk::operations() const {
  const std::lock_guard lock{content_->mutex};
  return content_->files.operations();
}

result<std::unique_ptr<data_store>> open_rocksdb_store(std::shared_ptr<file_disk> disk, const store_config& config,
                                                       entropy& random) {
  return keyed::keyed_store::open(keyed::make_rocksdb_source(std::move(disk)), config, random);
}

} // namespace carillon
