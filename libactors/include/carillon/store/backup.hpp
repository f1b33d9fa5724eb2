#pragma once

#include "carillon/store/data_store.hpp"

#include <cstdint>
#include <functional>
#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// Makes a backup (data_store::back_up) of the RocksDB store in `folder`, which nobody holds, in the new folder `backup`. Any thread.
/// Errors: ec::not_found (no store there), ec::store_in_use (naming the holder: ask its node), those of a start, ec::conflict (there is
/// something of the backup's name).
[[nodiscard]] result<void> back_up_rocksdb_store(const std::string& folder, const std::string& backup);

/// What becomes of the schedules of a restored store, and who is told how far it is.
struct restore_settings {
  /// Its schedules fire when a node comes, and first decide what they have missed since the backup was made, as after a downtime: also
  /// what the store that it is of has done since. Without, they are paused until somebody resumes them.
  bool resume = false;
  progress_listener tell{}; ///< of the records that were copied; may be empty
};

/// What a restore has made.
struct restored_store {
  std::string store_id;       ///< a new one
  std::string backup_of;      ///< the id of the store that the backup is of
  revision next_revision = 0; ///< its first number
  std::uint64_t records = 0;  ///< copied, those that can't be read as they are: the store puts them into its quarantine
  std::uint64_t schedules = 0;       ///< that can be read
  std::uint64_t paused = 0;          ///< of these: those that the restore has paused
  std::uint64_t unfinished_jobs = 0; ///< which run when a worker comes
};

/// Makes a store in the new folder `folder` of a backup, or of the store in a data folder, which may be in use. It is another store
/// than the one that it is a copy of: with an id of its own, and its numbers (revisions, fencing tokens, processes) go on 2^44
/// further, so that none is given out that the other one gives out within the next five years at 100,000 a second. Every record is
/// read and checked on the way. The folder is there when all of it is on disk, and not before; `backup` is only read. Any thread.
/// Errors: ec::not_found (no store in `backup`), ec::store_version, ec::store_corrupt, ec::conflict (there is something of the
/// folder's name), ec::limit_exceeded (restored five hundred thousand times), ec::disk_full, ec::permission_denied, ec::store_io.
[[nodiscard]] result<restored_store> restore_rocksdb_store(const std::string& backup, const std::string& folder,
                                                           const restore_settings& settings = {});

} // namespace carillon
#pragma GCC visibility pop
