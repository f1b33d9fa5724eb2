#include "engine/held_plans.hpp"

#include <algorithm>
#include <utility>

namespace carillon::engine {

void held_plans::add(fire_plan plan) {
  if (plan.covered_to && held_.size() < most)
    held_.emplace(*plan.covered_to, std::move(plan));
}

std::vector<fire_plan> held_plans::take_due(timestamp now, const limits& bounds) {
  std::vector<fire_plan> due;
  if (held_.empty() || held_.begin()->first > now)
    return due;
  due.reserve(std::min(held_.size(), bounds.batch_items));
  std::size_t size = 0;
  while (!held_.empty() && held_.begin()->first <= now && due.size() < bounds.batch_items &&
         size < bounds.batch_size_bytes) {
    const auto first = held_.begin();
    for (const auto& made : first->second.jobs)
      size += size_bytes(made);
    due.push_back(std::move(first->second));
    held_.erase(first);
  }
  return due;
}

std::vector<revision> held_plans::drop_all() {
  std::vector<revision> of;
  of.reserve(held_.size());
  for (const auto& [when, plan] : std::exchange(held_, {}))
    of.push_back(plan.incarnation);
  return of;
}

std::optional<timestamp> held_plans::next() const {
  return held_.empty() ? std::nullopt : std::optional{held_.begin()->first};
}

} // namespace carillon::engine
