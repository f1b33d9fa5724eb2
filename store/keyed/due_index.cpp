#include "keyed/due_index.hpp"

#include <algorithm>

namespace carillon::keyed {
namespace {
constexpr auto is_later = [](const due_index::entry& a, const due_index::entry& b) noexcept {
  return a.due != b.due ? a.due > b.due : a.incarnation > b.incarnation;
};
} // namespace

void due_index::assign(std::vector<entry> entries) {
  entries_ = std::move(entries);
  entries_.shrink_to_fit();
  std::ranges::make_heap(entries_, is_later);
}

void due_index::add(timestamp due, revision incarnation) {
  entries_.push_back({due, incarnation});
  std::ranges::push_heap(entries_, is_later);
}

std::optional<due_index::entry> due_index::take_due(timestamp now) {
  if (entries_.empty() || entries_.front().due > now)
    return std::nullopt;
  const auto taken = entries_.front();
  while (!entries_.empty() && entries_.front() == taken) {
    std::ranges::pop_heap(entries_, is_later);
    entries_.pop_back();
  }
  return taken;
}

std::optional<timestamp> due_index::next() const noexcept {
  return entries_.empty() ? std::nullopt : std::optional{entries_.front().due};
}

void claims::add(const due_index::entry& what, duration boot, std::size_t size_bytes) {
  drop(what.incarnation);
  claimed_[what.incarnation] = {what.due, boot + length_, size_bytes};
  size_bytes_ += size_bytes;
  endings_.push_back({boot + length_, what.incarnation});
}

due_index::entry claims::take(std::unordered_map<revision, claim>::iterator found) {
  const due_index::entry taken{found->second.due, found->first};
  size_bytes_ -= found->second.size_bytes;
  claimed_.erase(found);
  return taken;
}

std::optional<due_index::entry> claims::take(revision incarnation) {
  const auto found = claimed_.find(incarnation);
  return found == claimed_.end() ? std::nullopt : std::optional{take(found)};
}

std::vector<due_index::entry> claims::expired(duration boot) {
  std::vector<due_index::entry> ended;
  for (; first_ < endings_.size() && endings_[first_].end <= boot; ++first_) {
    const auto found = claimed_.find(endings_[first_].incarnation);
    if (found == claimed_.end() || found->second.end != endings_[first_].end)
      continue; // dropped, or claimed anew since
    ended.push_back(take(found));
  }
  if (claimed_.empty()) {
    endings_.clear();
    first_ = 0;
  } else if (first_ > endings_.size() / 2) {
    endings_.erase(endings_.begin(), endings_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return ended;
}

std::optional<duration> claims::next_end() const noexcept {
  return claimed_.empty() ? std::nullopt : std::optional{endings_[first_].end};
}

} // namespace carillon::keyed
