#include "keyed/limit_keys.hpp"

#include "carillon/base/assert.hpp"

namespace carillon::keyed {

std::uint32_t limit_keys::acquire(const std::string& key) {
  const auto [place, is_new] = numbers_.try_emplace(key, 0);
  if (is_new) {
    if (free_.empty()) {
      entries_.emplace_back();
      free_.push_back(static_cast<std::uint32_t>(entries_.size()));
    }
    place->second = free_.back();
    free_.pop_back();
    entries_[place->second - 1].key = &place->first;
  }
  ++entries_[place->second - 1].jobs;
  return place->second;
}

void limit_keys::release(std::uint32_t number) {
  CARILLON_ASSERT(number != 0 && number <= entries_.size() && entries_[number - 1].jobs > 0);
  auto& freed = entries_[number - 1];
  if (--freed.jobs > 0)
    return;
  numbers_.erase(numbers_.find(*freed.key));
  freed.key = nullptr;
  free_.push_back(number);
}

std::uint32_t limit_keys::find(const std::string& key) const noexcept {
  const auto found = numbers_.find(key);
  return found == numbers_.end() ? 0 : found->second;
}

} // namespace carillon::keyed
