#pragma once

#include "carillon/protocol/type_ids.hpp"

#include <algorithm>
#include <optional>

namespace carillon::actor {

/// An actor's one timer. CAF's delayed messages can't be taken back, so a ring is a reason to look, never a promise that
/// something is due; rings that an earlier one has replaced are told apart by their generation.
///
/// CAF counts by a clock that stands still while the machine sleeps. A ring that hasn't come in time is sent again, and
/// the first of the two counts: whoever is told that the machine has slept arms its timer, and looks.
class one_timer {
public:
  /// Rings in `in` (none: leaves it as it is), but within the hour, unless it will ring before that anyhow. `boot` is the
  /// boot clock now. So no message waits in CAF's clock for years, and none is so far ahead that its nanoseconds overflow.
  template <class Self>
  void arm(Self* self, duration boot, std::optional<duration> in) {
    if (!in)
      return;
    const auto wait = std::clamp(*in, duration{0}, duration{std::chrono::hours{1}});
    const auto at = boot + wait;
    const bool is_late = armed_ && *armed_ + longest_delay < boot;
    if (armed_ && *armed_ <= at && !is_late)
      return;
    armed_ = at;
    if (!is_late)
      ++generation_;
    self->delayed_send(self, wait, timer_rang{generation_});
  }

  /// Whether this is the ring that was armed last.
  [[nodiscard]] bool rang(const timer_rang& ring) {
    if (ring.generation != generation_)
      return false;
    ++generation_; // once, should it have been sent twice
    armed_.reset();
    return true;
  }

private:
  static constexpr duration longest_delay = std::chrono::seconds{1};

  std::optional<duration> armed_;
  std::uint64_t generation_ = 0;
};

} // namespace carillon::actor
