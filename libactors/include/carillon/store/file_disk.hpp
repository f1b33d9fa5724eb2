#pragma once

#include "carillon/base/entropy.hpp"
#include "carillon/store/data_store.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// What a RocksDB store writes on instead of the machine's files: a file system in memory. It outlives the store as a disk
/// outlives a process, and fails, fills up, tears and forgets when told to. The same calls give the same operations on files
/// in the same order: what RocksDB does in the background is done while its caller waits, and files are merged by `clean_up`
/// only. For tests and the simulator. Any thread.
///
/// What reaches the disk: a file's bytes by a sync of the file, in their order; its name, a rename and a removal by a sync of its
/// folder, in the order in which they were done. After a failed sync what it should have put on disk never gets there, as on
/// Linux.
class file_disk {
public:
  /// What changes something. Each is one write, `append` of however many bytes.
  enum class operation : unsigned char { create, append, truncate, sync, rename, remove, sync_folder };

  file_disk();
  ~file_disk();
  file_disk(const file_disk&) = delete;
  file_disk& operator=(const file_disk&) = delete;

  /// Everything written so far is now safe from `lose_unsynced`; with durability `async` nothing else makes it so, except
  /// what RocksDB syncs by itself.
  void sync();

  /// The process that has a store open here is gone: what it still does changes nothing. What it wrote stays.
  void kill();

  /// A power cut: the process is gone, and what wasn't synced is lost. Whatever was told to fail works again.
  void lose_unsynced();
  /// The same, but a part of it stays that `random` says: of each file the first bytes of what wasn't synced, and the first
  /// ones of the changed names.
  void lose_unsynced(entropy& random);
  /// Whether a power cut would lose anything now.
  [[nodiscard]] bool has_unsynced() const;

  /// The `n`-th write from now on (1: the next one) is the last one that takes place: from then on nothing does, until
  /// `lose_unsynced` tells what is left. For torn writes: a write that isn't synced may stay in part.
  void cut_power(std::uint64_t n);
  /// Whether that write has been: nothing takes place until `lose_unsynced`.
  [[nodiscard]] bool is_cut() const;

  /// The `n`-th write from now on (1: the next one) fails with `why`, and so do all later ones until `repair`. Nothing of a
  /// failed write is stored.
  void fail_write(std::uint64_t n, error why);
  /// The `n`-th operation of this kind from now on on a file whose name contains `part_of_name` fails, and no other one.
  void fail_once(operation what, std::string_view part_of_name, std::uint64_t n, error why);
  /// So many bytes more and the disk is full: what fits of an append is stored, and it fails (ec::disk_full). Removed files
  /// give their space back.
  void limit_space(std::uint64_t free_bytes);
  /// Nothing fails any more, and there is space. `cut_power` isn't taken back.
  void repair();

  /// Writes so far, failed ones included.
  [[nodiscard]] std::uint64_t writes() const;

  /// From now on operations are kept, a line each: to compare two runs by.
  void record_operations(bool on);
  /// Those that were kept, the oldest first: `append 000008.log 57`, with `: fails` behind one that was told to fail.
  /// What a process that is gone still does isn't among them, nor what comes after a power cut.
  [[nodiscard]] std::vector<std::string> operations() const;

  /// @cond
  class content; // private
  [[nodiscard]] content& inside() noexcept { return *content_; }
  /// @endcond

private:
  std::unique_ptr<content> content_;
};

/// A RocksDB store on `disk`, with small buffers, so that short tests see files come and go. One at a time.
/// Errors: what the disk was told; those of a start.
[[nodiscard]] result<std::unique_ptr<data_store>> open_rocksdb_store(std::shared_ptr<file_disk> disk,
                                                                     const store_config& config, entropy& random);

} // namespace carillon
#pragma GCC visibility pop
