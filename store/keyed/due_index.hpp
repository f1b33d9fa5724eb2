#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

namespace carillon::keyed {

/// When which schedule is due: 16 bytes for each, and nothing else in memory grows with the number of schedules.
///
/// Entries are never searched for: a schedule that was paused, moved or removed leaves its old entry behind, and whoever
/// takes an entry checks it against the schedule's record. `is_crowded` says when too many are stale. In memory only. One
/// thread.
class due_index {
public:
  struct entry {
    timestamp due;
    revision incarnation;
    friend bool operator==(const entry&, const entry&) = default;
  };

  /// Replaces everything. Cost: linear.
  void assign(std::vector<entry> entries);

  void add(timestamp due, revision incarnation);

  /// The earliest entry if it is due at `now`, taken out. Equal entries come as one.
  [[nodiscard]] std::optional<entry> take_due(timestamp now);

  /// Perhaps of a stale entry: then nothing is due there.
  [[nodiscard]] std::optional<timestamp> next() const noexcept;

  /// More than twice as many entries as schedules: time to `assign` the real ones.
  [[nodiscard]] bool is_crowded(std::size_t schedules) const noexcept {
    return entries_.size() > 2 * schedules + 4'096;
  }

private:
  std::vector<entry> entries_; // a heap
};

/// Which due schedules are being planned by somebody, and until when: a hint, so that two schedulers don't do the same work
/// (decision 4). In memory only. One thread.
class claims {
public:
  explicit claims(duration length) : length_(length) {}

  /// `size_bytes`: what somebody keeps in memory for it.
  void add(const due_index::entry& what, duration boot, std::size_t size_bytes = 0);
  /// Of all claims.
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }
  [[nodiscard]] bool contains(revision incarnation) const noexcept { return claimed_.contains(incarnation); }
  void drop(revision incarnation) { (void)take(incarnation); }
  /// Drops it; none: it isn't claimed.
  [[nodiscard]] std::optional<due_index::entry> take(revision incarnation);

  /// Claims that end at or before `boot`, taken out: they are due again.
  [[nodiscard]] std::vector<due_index::entry> expired(duration boot);

  /// When the next one ends, or a little before.
  [[nodiscard]] std::optional<duration> next_end() const noexcept;

private:
  struct claim {
    timestamp due;
    duration end;
    std::size_t size_bytes;
  };
  struct ending {
    duration end;
    revision incarnation;
  };

  due_index::entry take(std::unordered_map<revision, claim>::iterator found);

  duration length_;
  std::unordered_map<revision, claim> claimed_;
  std::size_t size_bytes_ = 0;
  // In the order of their ends, as all are of one length; from `first_` on. The dropped ones stay until their end comes.
  std::vector<ending> endings_;
  std::size_t first_ = 0;
};

} // namespace carillon::keyed
