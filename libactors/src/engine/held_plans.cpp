#include "engine/held_plans.hpp"

#include <utility>

namespace carillon::engine {

void held_plans::add(fire_plan plan) {
  const auto when = plan.covered_to.value_or(timestamp::min());
  if (held_.size() < most)
    held_.emplace(when, std::move(plan));
}

held_plans::due_plans held_plans::take_due(timestamp now, std::size_t most_to_commit) {
  due_plans due;
  while (!held_.empty() && held_.begin()->first <= now && due.to_commit.size() < most_to_commit) {
    const auto first = held_.begin();
    if (now - first->first > longest_delay)
      due.too_late.push_back(first->second.incarnation);
    else
      due.to_commit.push_back(std::move(first->second));
    held_.erase(first);
  }
  return due;
}

std::optional<timestamp> held_plans::next() const {
  return held_.empty() ? std::nullopt : std::optional{held_.begin()->first};
}

} // namespace carillon::engine
