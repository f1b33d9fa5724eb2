#pragma once

#include "carillon/base/result.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace carillon::keyed {

/// Keeps the promise of durability `async`: what was written is synced soon after, by a thread that sleeps while nothing is
/// unsynced. Any thread.
class wal_syncer {
public:
  /// `sync` is called from the syncer's thread.
  explicit wal_syncer(std::function<result<void>()> sync);
  /// Ends the thread, after a last sync if something is unsynced.
  ~wal_syncer();
  wal_syncer(const wal_syncer&) = delete;
  wal_syncer& operator=(const wal_syncer&) = delete;

  /// Something was written: it is synced within 50 ms, if the disk isn't slower than that.
  void written();

  /// A sync failed: what was written since the last good one may be lost, and no more must be.
  [[nodiscard]] std::optional<error> failure() const;

private:
  void run();

  std::function<result<void>()> sync_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_dirty_ = false;
  bool is_stopping_ = false;
  std::optional<error> failure_;
  std::thread thread_; // last: it uses the others
};

} // namespace carillon::keyed
