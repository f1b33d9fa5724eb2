#include "engine/add_turns.hpp"

namespace carillon::engine {
namespace {

// A batch that the disk has held up for longer says nothing about how fast jobs end.
constexpr duration longest_rest = std::chrono::milliseconds{20};
// Of what was added above the share: a batch or two, however much others made room for.
constexpr std::int64_t most_owed = 2'000;

} // namespace

void add_turns::on_ends(std::size_t jobs, duration boot) noexcept {
  if (jobs == 0)
    return;
  if (ended_ == 0)
    began_ = boot;
  ended_ += jobs;
  room_ += static_cast<std::int64_t>(jobs);
  share_ += static_cast<std::int64_t>(jobs);
}

void add_turns::on_added(std::size_t jobs) noexcept {
  added_ += jobs;
  room_ -= static_cast<std::int64_t>(jobs);
  share_ -= 2 * static_cast<std::int64_t>(jobs);
}

void add_turns::on_committed(std::optional<std::size_t> room, duration boot) noexcept {
  if (ended_ > 0) {
    rests_until_ = std::max(rests_until_, boot + std::min(boot - began_, longest_rest)); // a small one ends none before
    share_ = std::clamp<std::int64_t>(share_, -most_owed, 0);
  } else if (added_ > 0)
    share_ = 0; // they were free
  ended_ = added_ = 0;
  if (!room)
    rests_until_ = boot; // nothing ends any more
  else if (*room == 0)
    room_ = std::min<std::int64_t>(room_, 0);
  else {
    room_ = static_cast<std::int64_t>(*room);
    share_ = 0;
  }
}

} // namespace carillon::engine
