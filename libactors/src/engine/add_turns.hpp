#pragma once

#include "carillon/base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace carillon::engine {

/// When a request to add jobs joins a batch. While jobs end as fast as the store records that, others are added as fast as they end:
/// a job that finds no free slot is written once more when it begins, and a long line of them is read back from the database, so
/// a line that grows then makes everything slower (measured: bench/README.md). Beside a line that such requests have made half as
/// many are added as end. What ends leave time for is added at once, and whatever has waited for a second. Pure; `boot` is
/// CLOCK_BOOTTIME.
class add_turns {
public:
  static constexpr duration longest_wait = std::chrono::seconds{1};

  /// So many ends are in the open batch.
  void on_ends(std::size_t jobs, duration boot) noexcept;
  /// So many jobs were added.
  void on_added(std::size_t jobs) noexcept;
  /// A batch is over. `room`: for how many more jobs there are free slots; none: there is no executor.
  void on_committed(std::optional<std::size_t> room, duration boot) noexcept;

  /// A request that came at `asked`.
  [[nodiscard]] bool may_add(duration asked, duration boot) const noexcept {
    return has_room() || (ended_ == 0 && rest(boot) == duration{0}) || boot - asked >= longest_wait;
  }
  /// For how long after a batch with ends only such are awaited: as long as that batch took.
  [[nodiscard]] duration rest(duration boot) const noexcept { return std::max(rests_until_ - boot, duration{0}); }
  /// How many jobs were added to the open batch.
  [[nodiscard]] std::size_t added() const noexcept { return added_; }

private:
  [[nodiscard]] bool has_room() const noexcept { return room_ > 0 || share_ > 0; }

  std::int64_t room_ = 0;  // in free slots, above the line of those that wait for one; below 0: so many wait
  std::int64_t share_ = 0; // of those that end beside a line: one for each, less two for each that is added
  std::size_t ended_ = 0;  // in the open batch
  std::size_t added_ = 0;  // to it
  duration began_{};       // when the first ends of the open batch came
  duration rests_until_{};
};

} // namespace carillon::engine
