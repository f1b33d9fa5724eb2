#include "engine/demand_book.hpp"

#include <algorithm>

namespace carillon::engine {

std::vector<demand> demand_book::open() const {
  std::vector<const entry*> wanting;
  for (const auto& [name, known] : executors_)
    if (known.level.free_slots > 0)
      wanting.push_back(&known);
  std::stable_sort(wanting.begin(), wanting.end(), [](const auto* a, const auto* b) { return a->served < b->served; });
  std::vector<demand> all;
  for (const auto* known : wanting)
    all.push_back(known->level);
  return all;
}

} // namespace carillon::engine
