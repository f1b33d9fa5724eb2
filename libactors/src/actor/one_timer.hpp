#pragma once

#include "carillon/protocol/type_ids.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace carillon::actor {

/// An actor's one timer. CAF's delayed messages can't be taken back, so a ring is a reason to look, never a promise that
/// something is due; each is armed for once, and one that comes a second time is told apart by its number.
///
/// CAF counts by a clock that stands still while the machine sleeps. A ring that hasn't come in time is sent again, and
/// the first of the two counts: whoever is told that the machine has slept arms its timer, and looks.
class one_timer {
public:
  /// Rings in `in` (none: leaves it as it is), but within the hour, unless it will ring before that anyhow. What was armed for
  /// later rings too. `boot` is the boot clock now. So no message waits in CAF's clock for years, and none is so far ahead that
  /// its nanoseconds overflow.
  template <class Self>
  void arm(Self* self, duration boot, std::optional<duration> in) {
    if (!in)
      return;
    const auto wait = std::clamp(*in, duration{0}, duration{std::chrono::hours{1}});
    const auto at = boot + wait;
    const bool is_late = !armed_.empty() && armed_.back().at + longest_delay < boot;
    if (is_late)
      armed_.back().at = at;
    else if (!armed_.empty() && armed_.back().at <= at)
      return;
    else
      armed_.push_back({at, ++last_});
    self->delayed_send(self, wait, timer_rang{armed_.back().generation});
  }

  /// Whether this is one that was armed, and hasn't rung yet.
  [[nodiscard]] bool rang(const timer_rang& ring) {
    return std::erase_if(armed_, [&](const armed& one) { return one.generation == ring.generation; }) > 0;
  }

private:
  static constexpr duration longest_delay = std::chrono::seconds{1};

  struct armed {
    duration at;
    std::uint64_t generation;
  };
  std::vector<armed> armed_; // the earliest last
  std::uint64_t last_ = 0;
};

} // namespace carillon::actor
