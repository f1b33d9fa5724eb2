#include "engine/demand_book.hpp"

#include <algorithm>

namespace carillon::engine {

void demand_book::update(demand level) {
  auto& known = executors_[level.holder.executor];
  if (known.level.holder.process != level.holder.process)
    known = entry{};
  std::erase_if(known.since, [&](revision token) { return token <= level.last_hand_out; });
  known.level = std::move(level);
}

void demand_book::forget(const std::string& executor) { executors_.erase(executor); }

std::vector<demand> demand_book::open() const {
  std::vector<const entry*> with_room;
  for (const auto& [name, known] : executors_)
    if (known.level.free_slots > known.since.size())
      with_room.push_back(&known);
  std::stable_sort(with_room.begin(), with_room.end(), [](const auto* a, const auto* b) { return a->served < b->served; });
  std::vector<demand> all;
  for (const auto* known : with_room) {
    all.push_back(known->level);
    all.back().free_slots -= static_cast<std::uint32_t>(known->since.size());
  }
  return all;
}

void demand_book::on_handed_out(const std::string& executor, const std::vector<job>& jobs) {
  const auto found = executors_.find(executor);
  if (found == executors_.end() || jobs.empty())
    return;
  for (const auto& what : jobs)
    found->second.since.push_back(what.held_by ? what.held_by->token : 0);
  found->second.unsettled += jobs.size();
  found->second.served = ++turns_;
}

void demand_book::revoke_unsettled() {
  for (auto& [name, known] : executors_) {
    known.since.resize(known.since.size() - std::min(known.unsettled, known.since.size()));
    known.unsettled = 0;
  }
}

void demand_book::settle() {
  for (auto& [name, known] : executors_)
    known.unsettled = 0;
}

} // namespace carillon::engine
