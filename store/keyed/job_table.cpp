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

job* job_table::find(const job_id& id) {
  const auto found = kept_.find(id);
  if (found == kept_.end())
    return nullptr;
  auto& its = found->second;
  if (its.use_count() > 1)
    its = std::make_shared<entry>(*its);
  else // to see that nobody else has it orders nothing, but to change the count then: what others have read they have read before
    (void)place{its};
  return its.get();
}

void job_table::use(entry& which) {
  if (!std::exchange(which.is_used, true))
    used_.push_back(which.at);
}

job& job_table::keep(job&& what) {
  const auto [found, is_new] = kept_.try_emplace(what.id);
  auto& its = found->second;
  auto fresh = std::make_shared<entry>(std::move(what));
  if (!is_new) {
    fresh->is_used = its->is_used;
    fresh->is_changed = its->is_changed;
  } else
    oldest_first_.push_back(fresh->id);
  fresh->at = &its;
  its = std::move(fresh);
  use(*its);
  return *its;
}

job& job_table::put(job&& what) {
  auto& kept = static_cast<entry&>(keep(std::move(what)));
  kept.is_changed = kept.is_unwritten = true;
  return kept;
}

void job_table::changed(job& what) {
  auto& its = static_cast<entry&>(what);
  use(its);
  its.is_changed = true;
}

std::shared_ptr<const job> job_table::share(const job& what) const { return *static_cast<const entry&>(what).at; }

void job_table::flush(write_batch& to, duration retention) {
  std::vector<const place*> pending;
  for (const auto* where : used_) {
    auto* its = where->get();
    const bool is_over = its->state == job_state::finished && !its->dead_letter && retention <= duration{0};
    if (its->is_changed && !(its->is_unwritten && is_over))
      put_job(to, *its, retention);
    its->is_used = its->is_changed = its->is_unwritten = false;
    if (!is_worth_keeping(*its))
      kept_.erase(job_id{its->id});
    else if (its->state == job_state::pending)
      pending.push_back(where);
  }
  used_.clear();
  // Of those that wait in line the last ones are read back: the first ones are wanted next. Else what has been here longest goes.
  for (; kept_.size() > max_kept && !pending.empty(); pending.pop_back())
    kept_.erase(job_id{(*pending.back())->id});
  while (kept_.size() > max_kept || oldest_first_.size() > 4 * max_kept) {
    kept_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
}

} // namespace carillon::keyed
