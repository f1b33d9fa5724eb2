#include "keyed/unfinished_buckets.hpp"

#include "carillon/base/assert.hpp"

namespace carillon::keyed {

void unfinished_buckets::add(const job_id& id) {
  const auto [place, is_new] = counts_.try_emplace(bucket_of(id), 0);
  if (is_new)
    new_.push_back(place->first);
  ++place->second;
}

void unfinished_buckets::remove(const job_id& id) {
  const auto found = counts_.find(bucket_of(id));
  CARILLON_ASSERT(found != counts_.end() && found->second > 0);
  if (--found->second == 0)
    emptied_.insert(found->first);
}

void unfinished_buckets::flush(write_batch& to, timestamp now, bool may_strike) {
  for (const auto x : new_)
    to.put(family::unfinished, bucket_key(x), {});
  new_.clear();
  if (!may_strike)
    return;
  // One bucket of grace: the next job may be of the same moment.
  const auto present = bucket_of(now);
  std::erase_if(emptied_, [&](bucket x) {
    if (x <= present && x + 1 >= present) // of the future are ids that say nothing of the time
      return false;
    if (const auto found = counts_.find(x); found != counts_.end() && found->second == 0) {
      to.erase(family::unfinished, bucket_key(x));
      counts_.erase(found);
    }
    return true;
  });
}

void unfinished_buckets::find_empty() {
  for (const auto& [x, count] : counts_)
    if (count == 0)
      emptied_.insert(x);
}

} // namespace carillon::keyed
