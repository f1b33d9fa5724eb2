#include "engine/fire_sequence.hpp"

namespace carillon::engine {

result<void> fire_sequence::pop() {
  auto next = rule_.next();
  if (!next)
    return next.err();
  head_ = *next;
  return {};
}

result<void> fire_sequence::skip_to(timestamp when) {
  if (!is_before(when))
    return {};
  if (auto moved = rule_.skip_to(when); !moved)
    return moved;
  return pop();
}

result<std::size_t> fire_sequence::count_before(timestamp when, std::size_t most) const {
  auto walk = *this;
  std::size_t count = 0;
  for (; count < most && walk.is_before(when); ++count)
    if (auto moved = walk.pop(); !moved)
      return moved.err();
  return count;
}

result<void> fire_sequence::skip_to_latest_before(timestamp when) { return skip_to_last(1, when); }

result<void> fire_sequence::skip_to_last(std::size_t count, timestamp when) {
  CARILLON_ASSERT(is_before(when) && count > 0);
  // Invariant: at least `count` fire times lie in [low, when), fewer in [high, when). Where the trigger is asked from
  // matters for `and` alone, whose sequence depends on its history; so what was found is kept, never asked for again.
  auto all = count_before(when, count + 1);
  if (!all)
    return all.err();
  if (*all <= count)
    return {};
  auto low = *this;
  auto high = when;
  for (duration back{std::chrono::seconds{1}}; when - back > *low.head(); back *= 2) { // most often the end is near
    auto probe = *this;
    if (auto moved = probe.skip_to(when - back); !moved)
      return moved;
    const auto found = probe.count_before(when, count);
    if (!found)
      return found.err();
    if (*found >= count) {
      low = std::move(probe);
      break;
    }
    high = when - back;
  }
  for (;;) {
    const auto more = low.count_before(when, count + 1);
    if (!more)
      return more.err();
    const auto width = high - *low.head();
    if (*more <= count || width <= duration{1})
      break;
    const auto middle = *low.head() + (width + duration{1}) / 2;
    auto probe = low;
    if (auto moved = probe.skip_to(middle); !moved)
      return moved;
    const auto found = probe.count_before(when, count);
    if (!found)
      return found.err();
    if (*found >= count)
      low = std::move(probe);
    else
      high = middle;
  }
  *this = std::move(low);
  return {};
}

} // namespace carillon::engine
