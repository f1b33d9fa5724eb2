#include "keyed/job_table.hpp"

#include "keyed/record_format.hpp"

namespace carillon::keyed {
namespace {
constexpr std::size_t max_kept = 8'192;
// Larger ones are read back: a few of them would outweigh all others.
constexpr std::size_t max_kept_size_bytes = 2'048;

bool is_worth_keeping(const job& x) { return x.state != job_state::finished && size_bytes(x) <= max_kept_size_bytes; }
} // namespace

job* job_table::find(const job_id& id) noexcept {
  const auto found = kept_.find(id);
  return found == kept_.end() ? nullptr : &found->second.what;
}

job_table::entry& job_table::used(const job_id& id) {
  auto& place = kept_.find(id)->second;
  if (!std::exchange(place.is_used, true))
    used_.push_back(id);
  return place;
}

job& job_table::keep(job what) {
  const auto id = what.id;
  const auto [place, is_new] = kept_.try_emplace(id);
  place->second.what = std::move(what);
  place->second.is_unwritten = false;
  if (is_new)
    oldest_first_.push_back(id);
  return used(id).what;
}

job& job_table::put(job what) {
  auto& kept = keep(std::move(what));
  changed(kept);
  kept_.find(kept.id)->second.is_unwritten = true;
  return kept;
}

void job_table::changed(job& what) { used(what.id).is_changed = true; }

void job_table::flush(write_batch& to, duration retention) {
  for (const auto& id : used_) {
    const auto found = kept_.find(id);
    if (found == kept_.end())
      continue;
    auto& its = found->second;
    const bool is_over = its.what.state == job_state::finished && !its.what.dead_letter && retention <= duration{0};
    if (its.is_changed && !(its.is_unwritten && is_over))
      put_job(to, its.what, retention);
    its.is_used = its.is_changed = its.is_unwritten = false;
    if (!is_worth_keeping(found->second.what))
      kept_.erase(found);
  }
  used_.clear();
  while (kept_.size() > max_kept || oldest_first_.size() > 4 * max_kept) {
    kept_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
}

} // namespace carillon::keyed
