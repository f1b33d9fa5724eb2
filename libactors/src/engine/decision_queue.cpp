#include "engine/decision_queue.hpp"

#include <utility>

namespace carillon::engine {

void decision_queue::add(simulated_decision what) {
  if (what.job)
    places_.emplace(*what.job, told_ + waiting_.size());
  const bool is_complete = !what.job;
  waiting_.push_back({std::move(what), is_complete});
}

decision_queue::entry* decision_queue::find(const job_id& id) {
  const auto place = places_.find(id);
  return place == places_.end() ? nullptr : &waiting_[place->second - told_];
}

void decision_queue::start(const job_id& id, timestamp at) {
  auto* const found = find(id);
  if (found == nullptr)
    return;
  ++found->what.attempts;
  if (!found->what.started_at)
    found->what.started_at = at;
}

void decision_queue::end(const job_id& id, timestamp at, job_outcome outcome, std::string text) {
  auto* const found = find(id);
  if (found == nullptr)
    return;
  found->what.ended_at = at;
  found->what.outcome = outcome;
  found->what.text = std::move(text);
  found->is_complete = true;
  places_.erase(id);
}

bool decision_queue::flush(bool all) {
  while (!waiting_.empty() && (all || waiting_.front().is_complete || waiting_.size() > most_)) {
    const auto first = std::move(waiting_.front());
    waiting_.pop_front();
    if (!first.is_complete)
      places_.erase(*first.what.job);
    ++told_;
    if (!tell_(first.what))
      return false;
  }
  return true;
}

} // namespace carillon::engine
