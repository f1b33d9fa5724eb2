#include "keyed/lease_table.hpp"

#include "carillon/base/assert.hpp"

#include <algorithm>
#include <unordered_set>

namespace carillon::keyed {
namespace {
constexpr auto ends_later = [](const auto& a, const auto& b) noexcept { return a.end > b.end; };
} // namespace

std::optional<lease_holder> lease_table::other_process(const lease_holder& holder) const {
  const auto found = tokens_.find(holder.executor);
  if (found == tokens_.end())
    return std::nullopt;
  for (const auto& [process, ignored] : found->second)
    if (process != holder.process)
      return lease_holder{holder.executor, process};
  return std::nullopt;
}

const std::vector<revision>& lease_table::tokens_of(const lease_holder& holder) const {
  static const std::vector<revision> none;
  const auto executor = tokens_.find(holder.executor);
  if (executor == tokens_.end())
    return none;
  const auto process = executor->second.find(holder.process);
  return process == executor->second.end() ? none : process->second;
}

std::size_t lease_table::held_after(const lease_holder& holder, revision seen) const {
  const auto& tokens = tokens_of(holder);
  std::size_t held = 0;
  for (auto token = std::ranges::upper_bound(tokens, seen); token != tokens.end(); ++token)
    held += hand_outs_.at(*token).live;
  return held;
}

std::uint32_t lease_table::running_on(std::string_view executor) const {
  std::size_t running = 0;
  if (const auto found = tokens_.find(executor); found != tokens_.end())
    for (const auto& [process, tokens] : found->second)
      for (const auto token : tokens)
        running += hand_outs_.at(token).live;
  return static_cast<std::uint32_t>(running);
}

void lease_table::schedule_expiry(duration end, revision token) {
  expiries_.push_back({end, token});
  std::ranges::push_heap(expiries_, ends_later);
}

void lease_table::uncount(gate where) {
  if (const auto found = gate_counts_.find(where); --found->second == 0)
    gate_counts_.erase(found);
}

void lease_table::start(const job_id& id, const running_attempt& attempt, const lease_holder& holder, duration boot) {
  const bool is_new = attempts_.emplace(id, attempt).second;
  CARILLON_ASSERT(is_new); // I4
  auto [place, is_first] = hand_outs_.try_emplace(attempt.token);
  auto& group = place->second;
  if (is_first) {
    group.holder = holder;
    group.end = boot + lease_;
    tokens_[holder.executor][holder.process].push_back(attempt.token);
    schedule_expiry(group.end, attempt.token);
  }
  group.jobs.push_back(id);
  ++group.live;
  if (attempt.task >= task_counts_.size())
    task_counts_.resize(attempt.task + 1);
  ++task_counts_[attempt.task];
  if (attempt.incarnation != 0)
    count(gate_of_schedule(attempt.incarnation));
  if (attempt.key != 0)
    count(gate_of_key(attempt.key));
}

void lease_table::end(const job_id& id) {
  const auto found = attempts_.find(id);
  CARILLON_ASSERT(found != attempts_.end());
  const auto attempt = found->second;
  attempts_.erase(found);
  --task_counts_[attempt.task];
  if (attempt.incarnation != 0)
    uncount(gate_of_schedule(attempt.incarnation));
  if (attempt.key != 0)
    uncount(gate_of_key(attempt.key));

  const auto group = hand_outs_.find(attempt.token);
  if (--group->second.live > 0)
    return;
  const auto executor = tokens_.find(group->second.holder.executor);
  const auto process = executor->second.find(group->second.holder.process);
  std::erase(process->second, attempt.token);
  if (process->second.empty())
    executor->second.erase(process);
  if (executor->second.empty())
    tokens_.erase(executor);
  hand_outs_.erase(group);
}

const running_attempt* lease_table::find(const job_id& id) const noexcept {
  const auto found = attempts_.find(id);
  return found == attempts_.end() ? nullptr : &found->second;
}

const lease_holder& lease_table::holder_of(revision token) const {
  const auto found = hand_outs_.find(token);
  CARILLON_ASSERT(found != hand_outs_.end());
  return found->second.holder;
}

bool lease_table::is_live(const job_id& id, revision token) const noexcept {
  const auto* attempt = find(id);
  return attempt != nullptr && attempt->token == token;
}

std::vector<job_id> lease_table::renew(const lease_holder& holder, std::span<const attempt_id> named, revision seen,
                                       duration boot) {
  std::unordered_set<job_id> held;
  held.reserve(named.size());
  std::unordered_set<revision> named_tokens;
  for (const auto& attempt : named) {
    if (!is_live(attempt.job, attempt.token))
      continue;
    held.insert(attempt.job);
    named_tokens.insert(attempt.token);
  }
  std::vector<job_id> lost;
  for (const auto token : tokens_of(holder)) {
    auto& group = hand_outs_.at(token);
    // A hand-out that the holder hasn't seen yet goes on by its own end: naming one of its jobs shows that it arrived.
    if (token > seen && !named_tokens.contains(token))
      continue;
    group.end = boot + lease_;
    if (token > seen)
      continue;
    for (const auto& id : group.jobs)
      if (is_live(id, token) && !held.contains(id))
        lost.push_back(id);
  }
  return lost;
}

std::vector<job_id> lease_table::held_by(const lease_holder& holder) const {
  std::vector<job_id> held;
  for (const auto token : tokens_of(holder))
    for (const auto& id : hand_outs_.at(token).jobs)
      if (is_live(id, token))
        held.push_back(id);
  return held;
}

std::vector<job_id> lease_table::expired(duration boot) {
  std::vector<job_id> ended;
  while (!expiries_.empty() && expiries_.front().end <= boot) {
    std::ranges::pop_heap(expiries_, ends_later);
    const auto token = expiries_.back().token;
    expiries_.pop_back();
    const auto group = hand_outs_.find(token);
    if (group == hand_outs_.end())
      continue; // all its attempts have ended
    if (group->second.end > boot) {
      schedule_expiry(group->second.end, token); // it was renewed
      continue;
    }
    for (const auto& id : group->second.jobs)
      if (is_live(id, token))
        ended.push_back(id);
  }
  return ended;
}

void lease_table::restart_all(duration boot) {
  expiries_.clear();
  for (auto& [token, group] : hand_outs_) {
    group.end = boot + lease_;
    expiries_.push_back({group.end, token});
  }
  std::ranges::make_heap(expiries_, ends_later);
}

std::optional<duration> lease_table::next_end() const noexcept {
  if (attempts_.empty() || expiries_.empty())
    return std::nullopt;
  return expiries_.front().end;
}

std::uint32_t lease_table::running_under(gate where) const noexcept {
  const auto found = gate_counts_.find(where);
  return found == gate_counts_.end() ? 0 : found->second;
}

std::uint32_t lease_table::running_of_task(task_slot task) const noexcept {
  return task < task_counts_.size() ? task_counts_[task] : 0;
}

std::vector<job_id> lease_table::jobs_of_schedule(revision incarnation) const {
  std::vector<job_id> jobs;
  for (const auto& [id, attempt] : attempts_)
    if (attempt.incarnation == incarnation)
      jobs.push_back(id);
  std::ranges::sort(jobs);
  return jobs;
}

} // namespace carillon::keyed
