#include "rocksdb/wal_syncer.hpp"

#include <chrono>

namespace carillon::keyed {
namespace {
// From the first write to the start of the sync: the rest of the 50 ms is for the disk.
constexpr std::chrono::milliseconds gathering{25};
} // namespace

wal_syncer::wal_syncer(std::function<result<void>()> sync) : sync_(std::move(sync)), thread_([this] { run(); }) {}

wal_syncer::~wal_syncer() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void wal_syncer::written() {
  {
    const std::lock_guard lock{mutex_};
    if (is_dirty_)
      return;
    is_dirty_ = true;
  }
  changed_.notify_one();
}

std::optional<error> wal_syncer::failure() const {
  const std::lock_guard lock{mutex_};
  return failure_;
}

void wal_syncer::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return is_dirty_ || is_stopping_; });
    changed_.wait_for(lock, gathering, [this] { return is_stopping_; });
    if (is_dirty_) {
      is_dirty_ = false; // before the sync: what is written during it waits for the next
      lock.unlock();
      auto synced = sync_();
      lock.lock();
      if (!synced && !failure_)
        failure_ = synced.err();
    }
    if (is_stopping_)
      return;
  }
}

} // namespace carillon::keyed
