#include "keyed/ready_queue.hpp"

#include "carillon/base/assert.hpp"

#include <algorithm>

namespace carillon::keyed {
namespace {

// The standard heaps have the greatest first: "greater" is the later one.
bool is_later(const waiting_job& a, const waiting_job& b) noexcept { return b.is_before(a); }

constexpr auto slotted_is_later = [](const auto& a, const auto& b) noexcept { return is_later(a.what, b.what); };

} // namespace

void ready_queue::push_ready(task_slot task, const waiting_job& what) {
  if (task >= ready_.size())
    ready_.resize(task + 1);
  ready_[task].push_back(what);
  std::ranges::push_heap(ready_[task], is_later);
}

void ready_queue::count(revision incarnation) {
  ++waiting_;
  if (incarnation != 0)
    ++counts_[incarnation];
}

void ready_queue::uncount(revision incarnation) {
  CARILLON_ASSERT(waiting_ > 0);
  --waiting_;
  if (incarnation == 0)
    return;
  const auto found = counts_.find(incarnation);
  CARILLON_ASSERT(found != counts_.end());
  if (--found->second == 0)
    counts_.erase(found);
}

template <class Predicate>
void ready_queue::erase_entries(Predicate is_stale) {
  const auto is_slotted_stale = [&](const slotted& x) { return is_stale(x.what.id); };
  for (auto& heap : ready_)
    if (std::erase_if(heap, [&](const waiting_job& x) { return is_stale(x.id); }) > 0)
      std::ranges::make_heap(heap, is_later);
  if (std::erase_if(delayed_, is_slotted_stale) > 0)
    std::ranges::make_heap(delayed_, slotted_is_later);
  for (auto& [incarnation, heap] : parked_)
    if (std::erase_if(heap, is_slotted_stale) > 0)
      std::ranges::make_heap(heap, slotted_is_later);
}

void ready_queue::forget_cancelled(const job_id& id) {
  // The id of a cancelled job whose history has ended is used again, before its entry came up: the entry must not be taken
  // for the new job, nor the new one for cancelled. So rare that a walk through everything is fine.
  erase_entries([&](const job_id& x) { return x == id; });
  cancelled_.erase(id);
}

void ready_queue::add(task_slot task, const waiting_job& what, timestamp now) {
  if (!cancelled_.empty() && cancelled_.contains(what.id))
    forget_cancelled(what.id);
  count(what.incarnation);
  if (what.not_before <= now) {
    push_ready(task, what);
    return;
  }
  delayed_.push_back({what, task});
  std::ranges::push_heap(delayed_, slotted_is_later);
}

void ready_queue::advance(timestamp now) {
  while (!delayed_.empty() && delayed_.front().what.not_before <= now) {
    std::ranges::pop_heap(delayed_, slotted_is_later);
    push_ready(delayed_.back().task, delayed_.back().what);
    delayed_.pop_back();
  }
}

const waiting_job* ready_queue::first(task_slot task) {
  if (task >= ready_.size())
    return nullptr;
  auto& heap = ready_[task];
  while (!cancelled_.empty() && !heap.empty() && cancelled_.erase(heap.front().id) > 0) {
    std::ranges::pop_heap(heap, is_later);
    heap.pop_back();
  }
  return heap.empty() ? nullptr : &heap.front();
}

waiting_job ready_queue::take(task_slot task) {
  auto& heap = ready_[task];
  std::ranges::pop_heap(heap, is_later);
  const auto taken = heap.back();
  heap.pop_back();
  uncount(taken.incarnation);
  // A queue that was once long must not hold its memory for ever.
  if (heap.capacity() > 1'024 && heap.size() < heap.capacity() / 4)
    heap.shrink_to_fit();
  return taken;
}

void ready_queue::cancel(const job_id& id, revision incarnation) {
  cancelled_.insert(id);
  uncount(incarnation);
  constexpr std::size_t never_crowded = 1'024;
  if (cancelled_.size() > waiting_ + never_crowded) { // those that wait for a day far ahead would stay until then
    erase_entries([&](const job_id& x) { return cancelled_.contains(x); });
    cancelled_.clear();
  }
}

void ready_queue::park(task_slot task, const waiting_job& what) {
  count(what.incarnation);
  auto& heap = parked_[what.incarnation];
  heap.push_back({what, task});
  std::ranges::push_heap(heap, slotted_is_later);
}

void ready_queue::unpark(revision incarnation) {
  const auto found = parked_.find(incarnation);
  if (found == parked_.end())
    return;
  auto& heap = found->second;
  while (!heap.empty()) {
    std::ranges::pop_heap(heap, slotted_is_later);
    const auto [what, task] = heap.back();
    heap.pop_back();
    if (cancelled_.erase(what.id) > 0)
      continue;
    push_ready(task, what);
    break;
  }
  if (heap.empty())
    parked_.erase(found);
}

std::optional<timestamp> ready_queue::next_not_before() const noexcept {
  return delayed_.empty() ? std::nullopt : std::optional{delayed_.front().what.not_before};
}

std::uint32_t ready_queue::waiting(revision incarnation) const noexcept {
  const auto found = counts_.find(incarnation);
  return found == counts_.end() ? 0 : found->second;
}

} // namespace carillon::keyed
