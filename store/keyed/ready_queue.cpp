#include "keyed/ready_queue.hpp"

#include "carillon/base/assert.hpp"
#include "keyed/clock_steps.hpp"

#include <algorithm>
#include <utility>

namespace carillon::keyed {
namespace {

// The standard heaps have the greatest first: "greater" is the later one.
bool is_later_entry(const waiting_job& a, const waiting_job& b) noexcept { return b.is_before(a); }

constexpr auto slotted_is_later = [](const auto& a, const auto& b) noexcept { return is_later_entry(a.what, b.what); };

constexpr auto is_empty = [](const auto& lane) noexcept { return lane.jobs.empty(); };

constexpr bool is_of_key(gate x) noexcept { return x >= gate_of_key(0); }

} // namespace

void ready_queue::push_ready(task_slot task, const waiting_job& what) {
  if (task >= ready_.size())
    ready_.resize(task + 1);
  if (ready_[task].empty()) {
    ++occupations_;
    if (const auto place = std::ranges::lower_bound(occupied_, task); place == occupied_.end() || *place != task)
      occupied_.insert(place, task);
  }
  ready_[task].push_back(what);
  std::ranges::push_heap(ready_[task], is_later_entry);
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
  const auto clean = [&](std::vector<waiting_job>& heap) {
    if (std::erase_if(heap, [&](const waiting_job& x) { return is_stale(x.id); }) > 0)
      std::ranges::make_heap(heap, is_later_entry);
  };
  std::ranges::for_each(ready_, clean);
  if (std::erase_if(delayed_, [&](const slotted& x) { return is_stale(x.what.id); }) > 0)
    std::ranges::make_heap(delayed_, slotted_is_later);
  for (auto& [where, lanes] : parked_) {
    for (auto& each : lanes)
      clean(each.jobs);
    std::erase_if(lanes, is_empty);
  }
  std::erase_if(parked_, [](const auto& entry) { return entry.second.empty(); });
}

void ready_queue::forget_cancelled(const job_id& id) {
  // The id of a cancelled job whose history has ended is used again, before its entry came up: the entry must not be taken
  // for the new job, nor the new one for cancelled. So rare that a walk through everything is fine.
  erase_entries([&](const job_id& x) { return x == id; });
  cancelled_.erase(id);
}

void ready_queue::add(task_slot task, const waiting_job& what, timestamp now, timestamp since) {
  if (!cancelled_.empty() && cancelled_.contains(what.id))
    forget_cancelled(what.id);
  auto added = what;
  added.not_before = wait_again(what.not_before, since, now);
  count(added.incarnation);
  if (added.not_before <= now) {
    push_ready(task, added);
    return;
  }
  delayed_.push_back({{added, task}, what.not_before, since});
  std::ranges::push_heap(delayed_, slotted_is_later);
}

void ready_queue::load(task_slot task, const waiting_job& what, timestamp since) {
  count(what.incarnation);
  delayed_.push_back({{what, task}, what.not_before, since});
}

void ready_queue::clock_set(timestamp now, const std::function<timestamp(const job_id&)>& since_of) {
  for (auto& x : delayed_)
    x.what.not_before = wait_again(x.not_before, x.since, now);
  // Whether its time is still to come. The others must not be overtaken for as long as the clock was ahead.
  const auto waits = [&](waiting_job& what, task_slot task) {
    if (what.not_before <= now)
      return false;
    const auto since = since_of(what.id);
    const auto recorded = std::exchange(what.not_before, wait_again(what.not_before, since, now));
    if (what.not_before > now)
      delayed_.push_back({{what, task}, recorded, since});
    return what.not_before > now;
  };
  for (task_slot task = 0; task < ready_.size(); ++task)
    for (auto& what : std::exchange(ready_[task], {}))
      if (!waits(what, task))
        push_ready(task, what);
  // What was parked tries again: who was to let it go may be one that waits now.
  for (auto& [where, lanes] : std::exchange(parked_, {}))
    for (auto& each : lanes)
      for (auto& what : each.jobs)
        if (!waits(what, each.task))
          push_ready(each.task, what);
  std::ranges::make_heap(delayed_, slotted_is_later);
}

void ready_queue::advance(timestamp now) {
  while (!delayed_.empty() && delayed_.front().what.not_before <= now) {
    std::ranges::pop_heap(delayed_, slotted_is_later);
    push_ready(delayed_.back().task, delayed_.back().what);
    delayed_.pop_back();
  }
}

const std::vector<task_slot>& ready_queue::ready_slots() {
  std::erase_if(occupied_, [&](task_slot task) { return first(task) == nullptr; });
  return occupied_;
}

const waiting_job* ready_queue::first(task_slot task) {
  if (task >= ready_.size())
    return nullptr;
  auto& heap = ready_[task];
  while (!cancelled_.empty() && !heap.empty() && cancelled_.erase(heap.front().id) > 0) {
    std::ranges::pop_heap(heap, is_later_entry);
    heap.pop_back();
  }
  return heap.empty() ? nullptr : &heap.front();
}

waiting_job ready_queue::take(task_slot task) {
  auto& heap = ready_[task];
  std::ranges::pop_heap(heap, is_later_entry);
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

void ready_queue::park(task_slot task, const waiting_job& what, gate where) {
  count(what.incarnation);
  auto& lanes = parked_[where];
  auto found = std::ranges::find_if(lanes, [&](const lane& x) { return x.is_of(task, what); });
  if (found == lanes.end())
    found = lanes.insert(lanes.end(), lane{task, what.key, what.maximum, what.rate});
  found->jobs.push_back(what);
  std::ranges::push_heap(found->jobs, is_later_entry);
}

void ready_queue::unpark(gate where, std::uint32_t running) {
  unpark_if(where, [&](const lane& x) { return is_of_key(where) ? running < x.maximum : running == 0; });
}

void ready_queue::unpark_like(task_slot task, const waiting_job& what, gate where, std::uint32_t running) {
  if (is_of_key(where) ? running < what.maximum : running == 0)
    unpark_if(where, [&](const lane& x) { return x.is_of(task, what); });
}

template <class Predicate>
void ready_queue::unpark_if(gate where, Predicate may_go) {
  const auto found = parked_.empty() ? parked_.end() : parked_.find(where);
  if (found == parked_.end())
    return;
  auto& lanes = found->second;
  for (auto& each : lanes)
    if (may_go(each))
      let_go_first(each);
  std::erase_if(lanes, is_empty);
  if (lanes.empty())
    parked_.erase(found);
}

void ready_queue::let_go_first(lane& from) {
  while (!from.jobs.empty()) {
    std::ranges::pop_heap(from.jobs, is_later_entry);
    const auto what = from.jobs.back();
    from.jobs.pop_back();
    if (!cancelled_.empty() && cancelled_.erase(what.id) > 0)
      continue;
    push_ready(from.task, what);
    return;
  }
}

std::optional<timestamp> ready_queue::next_not_before() const noexcept {
  return delayed_.empty() ? std::nullopt : std::optional{delayed_.front().what.not_before};
}

std::uint32_t ready_queue::waiting(revision incarnation) const noexcept {
  const auto found = counts_.find(incarnation);
  return found == counts_.end() ? 0 : found->second;
}

} // namespace carillon::keyed
