#include "keyed/schedule_table.hpp"

#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"

namespace carillon::keyed {
namespace {
// Enough for ten thousand schedules that fire every second; about 10 MiB.
constexpr std::size_t max_kept_schedules = 10'240;
// Larger ones are read back: a few of them would outweigh all others.
constexpr std::size_t max_kept_schedules_size_bytes = 4'096;

bool is_large(const schedule_definition& what) { return size_bytes(what) > max_kept_schedules_size_bytes; }
} // namespace

schedule_table::entry* schedule_table::find(const std::string& id) noexcept {
  const auto found = incarnations_.find(id);
  return found == incarnations_.end() ? nullptr : find(found->second);
}

schedule_table::entry* schedule_table::find(revision incarnation) noexcept {
  const auto found = entries_.find(incarnation);
  return found == entries_.end() ? nullptr : &found->second;
}

schedule_table::entry& schedule_table::keep(schedule what) {
  const auto incarnation = what.state.incarnation;
  incarnations_[what.definition.id] = incarnation;
  oldest_first_.push_back(incarnation);
  auto& kept = entries_[incarnation];
  kept.what = std::move(what);
  kept.is_large = is_large(kept.what.definition);
  return kept;
}

void schedule_table::add(schedule what) {
  auto& kept = keep(std::move(what));
  definition_changed(kept);
  state_changed(kept);
}

void schedule_table::changed(entry& what) {
  if (!what.is_definition_changed && !what.is_state_changed && !what.is_removed)
    changed_.push_back(&what);
}

void schedule_table::definition_changed(entry& what) {
  changed(what);
  what.is_definition_changed = true;
}

void schedule_table::state_changed(entry& what) {
  changed(what);
  what.is_state_changed = true;
}

void schedule_table::remove(entry& what) {
  changed(what);
  what.is_removed = true;
}

void schedule_table::forget(revision incarnation) {
  const auto found = entries_.find(incarnation);
  if (found == entries_.end())
    return;
  // A newer incarnation of the id may be here: its name stays.
  if (const auto name = incarnations_.find(found->second.what.definition.id);
      name != incarnations_.end() && name->second == incarnation)
    incarnations_.erase(name);
  entries_.erase(found);
}

void schedule_table::flush(write_batch& to) {
  // In the order of the changes: an id that was removed and added again is erased first.
  for (auto* each : changed_) {
    auto& x = *each;
    const auto incarnation = x.what.state.incarnation;
    if (x.is_removed) {
      to.erase(family::definitions, x.what.definition.id);
      to.erase(family::states, state_key(incarnation));
      forget(incarnation);
      continue;
    }
    if (x.is_definition_changed) {
      put_definition(to, x.what);
      x.is_large = is_large(x.what.definition);
    }
    if (x.is_state_changed)
      put_state(to, x.what);
    x.is_definition_changed = x.is_state_changed = false;
    if (x.is_large)
      forget(incarnation);
  }
  changed_.clear();
  while (entries_.size() > max_kept_schedules || oldest_first_.size() > 4 * max_kept_schedules) {
    forget(oldest_first_.front());
    oldest_first_.pop_front();
  }
}

} // namespace carillon::keyed
