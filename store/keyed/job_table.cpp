#include "keyed/job_table.hpp"

#include "keyed/record_format.hpp"

#include <utility>

namespace carillon::keyed {
namespace {
// Enough for ten thousand schedules that fire every second; about 16 MiB of jobs that say little.
constexpr std::size_t max_kept = 16'384;
// Larger ones are read back: a few of them would outweigh all others.
constexpr std::size_t max_kept_size_bytes = 2'048;

bool is_worth_keeping(const job& x) { return x.state != job_state::finished && size_bytes(x) <= max_kept_size_bytes; }
} // namespace

job* job_table::find(const job_id& id) noexcept {
  const auto found = kept_.find(id);
  return found == kept_.end() ? nullptr : found->second.get();
}

job_table::entry& job_table::used(entry& which) {
  if (!std::exchange(which.is_used, true))
    used_.push_back(&which);
  return which;
}

job& job_table::keep(job&& what) {
  auto& place = kept_[what.id];
  const bool is_new = place == nullptr;
  if (is_new)
    place = std::make_unique<entry>();
  auto& its = *place;
  static_cast<job&>(its) = std::move(what);
  its.is_unwritten = false;
  if (is_new)
    oldest_first_.push_back(its.id);
  return used(its);
}

job& job_table::put(job&& what) {
  auto& kept = keep(std::move(what));
  changed(kept);
  static_cast<entry&>(kept).is_unwritten = true;
  return kept;
}

void job_table::changed(job& what) { used(static_cast<entry&>(what)).is_changed = true; }

void job_table::flush(write_batch& to, duration retention) {
  std::vector<const entry*> pending;
  for (auto* its : used_) {
    const bool is_over = its->state == job_state::finished && !its->dead_letter && retention <= duration{0};
    if (its->is_changed && !(its->is_unwritten && is_over))
      put_job(to, *its, retention);
    its->is_used = its->is_changed = its->is_unwritten = false;
    if (!is_worth_keeping(*its))
      kept_.erase(job_id{its->id});
    else if (its->state == job_state::pending)
      pending.push_back(its);
  }
  used_.clear();
  // Of those that wait in line the last ones are read back: the first ones are wanted next. Else what has been here longest goes.
  for (; kept_.size() > max_kept && !pending.empty(); pending.pop_back())
    kept_.erase(job_id{pending.back()->id});
  while (kept_.size() > max_kept || oldest_first_.size() > 4 * max_kept) {
    kept_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
}

} // namespace carillon::keyed
