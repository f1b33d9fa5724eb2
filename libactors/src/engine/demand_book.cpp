#include "engine/demand_book.hpp"

#include <algorithm>
#include <numeric>

namespace carillon::engine {

void demand_book::update(demand level) {
  auto& known = executors_[level.holder.executor];
  known.unseen.erase(known.unseen.begin(), known.unseen.upper_bound(level.last_hand_out));
  // From anywhere: a list that is out of order would make a search in it miss.
  for (auto* names : {&level.tasks, &level.labels})
    if (!std::is_sorted(names->begin(), names->end()))
      std::sort(names->begin(), names->end());
  known.level = std::move(level);
}

void demand_book::on_served(const std::string& executor, revision token, std::size_t count) {
  auto& known = executors_[executor];
  known.served = ++turns_;
  known.unseen[token] += count;
}

std::vector<const demand*> demand_book::open() const {
  std::vector<const entry*> wanting;
  for (const auto& [name, known] : executors_)
    if (known.level.free_slots > 0)
      wanting.push_back(&known);
  std::stable_sort(wanting.begin(), wanting.end(), [](const auto* a, const auto* b) { return a->served < b->served; });
  std::vector<const demand*> all;
  all.reserve(wanting.size());
  for (const auto* known : wanting)
    all.push_back(&known->level);
  return all;
}

std::size_t demand_book::entry::room() const {
  const auto taken = std::accumulate(unseen.begin(), unseen.end(), std::size_t{0},
                                     [](std::size_t sum, const auto& handed) { return sum + handed.second; });
  return level.free_slots > taken ? level.free_slots - taken : 0;
}

std::optional<std::size_t> demand_book::room(const std::set<std::string>& draining) const {
  if (executors_.empty())
    return std::nullopt;
  std::size_t sum = 0;
  for (const auto& [name, known] : executors_)
    if (!draining.contains(name))
      sum += known.room();
  return sum;
}

std::uint32_t demand_book::free_slots(const std::string& executor) const {
  const auto known = executors_.find(executor);
  return known == executors_.end() ? 0 : known->second.level.free_slots;
}

demand_book::offer demand_book::find_offer(const std::string& task, const std::string& runner,
                                           const std::vector<std::string>& labels,
                                           const std::set<std::string>& draining) const {
  auto best = offer::none;
  for (const auto& [name, known] : executors_) {
    if (!known.level.fits(task, runner, labels))
      continue;
    if (draining.contains(name)) {
      best = std::max(best, offer::draining);
      continue;
    }
    best = std::max(best, known.room() > 0 ? offer::free : offer::busy);
  }
  return best;
}

} // namespace carillon::engine
