#pragma once

#include "carillon/base/entropy.hpp"
#include "carillon/store/data_store.hpp"

#include <cstdint>
#include <memory>

#pragma GCC visibility push(default)
namespace carillon {

/// What a memory store writes on: it outlives the store as a disk outlives a process, and fails and forgets when told to.
/// For tests and the simulator. Any thread.
class memory_disk {
public:
  memory_disk();
  ~memory_disk();
  memory_disk(const memory_disk&) = delete;
  memory_disk& operator=(const memory_disk&) = delete;

  /// Everything written so far is now safe from `lose_unsynced`, except what was written with durability `none`.
  void sync();

  /// A power cut: what was written since the last sync is gone. No store may be open on the disk.
  void lose_unsynced();
  /// The same, but the first of those writes stay, as many as `random` says: each whole, as a write-ahead log has them. What
  /// was written with durability `none` goes.
  void lose_unsynced(entropy& random);

  /// The `n`-th write from now on (1: the next one) fails with `why`, and so do all later ones and every opening until
  /// `repair`. Nothing of a failed write is stored.
  void fail_write(std::uint64_t n, error why);
  /// Writes and openings go well again, and a failure that hasn't come yet is forgotten.
  void repair();

  /// Writes so far, failed ones included.
  [[nodiscard]] std::uint64_t writes() const;

  /// @cond
  class content; // private
  [[nodiscard]] content& inside() noexcept { return *content_; }
  /// @endcond

private:
  std::unique_ptr<content> content_;
};

/// A store on `disk`. One at a time. Errors: what `fail_write` said; those of a start.
[[nodiscard]] result<std::unique_ptr<data_store>> open_memory_store(std::shared_ptr<memory_disk> disk,
                                                                    const store_config& config, entropy& random);

} // namespace carillon
#pragma GCC visibility pop
