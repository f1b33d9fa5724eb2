// Of the jobs with a key one is added within a window.
#include "keyed/keyed_store.hpp"

#include "keyed/limit_checks.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

namespace carillon::keyed {

result<void> keyed_store::check_unique(const std::optional<unique_key>& what) const {
  if (!what)
    return {};
  if (auto checked = check_id("its key", what->key); !checked)
    return checked.err().within("unique");
  if (!what->window)
    return {};
  if (*what->window <= duration{0})
    return {ec::invalid_argument, "unique: its window must be longer than 0"};
  if (*what->window > config_.history_retention) // the job that is to be given would be gone
    return {ec::limit_exceeded, fmt::format("unique: its window of {} is longer than history is kept, which is {}",
                                            to_text(*what->window), to_text(config_.history_retention))};
  return {};
}

// As it is recorded, whether it counts or not.
result<std::optional<job_id>> keyed_store::unique_holder(const std::string& key) {
  auto& live = *live_;
  if (const auto changed = live.unique_holders.find(key); changed != live.unique_holders.end())
    return changed->second;
  const auto raw = get(family::unique_keys, key);
  if (live.failure)
    return *live.failure;
  if (!raw || !*raw)
    return std::optional<job_id>{}; // or in a block that can't be read: it is free, as if it were in quarantine
  const auto read = read_unique_holder(**raw);
  if (read)
    return std::optional{*read};
  quarantine({family::unique_keys, key, **raw, read.err().text()});
  return std::optional<job_id>{};
}

result<job*> keyed_store::find_unique(const std::string& key) {
  const auto holder = unique_holder(key);
  if (!holder)
    return holder.err();
  if (!*holder)
    return nullptr;
  auto found = load_or_free([&] { return find_unexpired(**holder); });
  if (!found || *found == nullptr)
    return found;
  const auto& unique = (*found)->unique;
  if (!unique || unique->key != key) // its id was used again
    return nullptr;
  // In the future, by a clock that was set back since: then its window is as long the other way.
  const auto age = std::chrono::abs(now_.wall - (*found)->created_at);
  const bool is_over = unique->window ? age >= *unique->window : (*found)->state == job_state::finished;
  return is_over ? nullptr : *found;
}

void keyed_store::hold_unique_key(const job& what) {
  const auto& unique = *what.unique;
  live_->unique_holders[unique.key] = what.id;
  put_unique_holder(live_->writes, unique.key, what.id,
                    unique.window ? std::optional{what.created_at + *unique.window} : std::nullopt);
}

void keyed_store::free_unique_key(const job& ended) {
  if (ended.unique->window)
    return; // the record falls out by itself
  if (const auto holder = unique_holder(ended.unique->key); !holder || *holder != ended.id)
    return; // another one has it, as this one couldn't be read for a time
  live_->unique_holders[ended.unique->key] = std::nullopt;
  live_->writes.erase(family::unique_keys, ended.unique->key);
}

} // namespace carillon::keyed
