#include "engine/executor_core.hpp"

#include <algorithm>
#include <utility>

namespace carillon::engine {
namespace {

attempt_id id_of(const job& what) { return {what.id, what.held_by ? what.held_by->token : 0}; }

} // namespace

bool executor_core::accept(const handed_job& one, duration boot) {
  const auto token = id_of(*one.what).token;
  newest_token_ = std::max(newest_token_, token);
  const auto [place, is_new] = attempts_.try_emplace(one.what->id);
  auto& which = place->second;
  if (!is_new) {
    if (which.id.token >= token)
      return false;
    if (which.at == phase::running) { // the older one's lease is lost: nothing runs beside its own leftover
      which.next = one;
      return false;
    }
    if (which.at == phase::ended)
      --ended_;
    which = {};
  }
  begin(which, one, boot);
  return true;
}

void executor_core::begin(attempt& fresh, const handed_job& one, duration boot) {
  fresh.id = id_of(*one.what);
  fresh.runner = one.runner;
  fresh.started = boot;
  if (one.what->time_limit)
    fresh.until = boot + *one.what->time_limit;
  ++running_;
  if (const auto until = deadline_of(fresh))
    deadlines_.insert(*until);
}

void executor_core::end(attempt& which) {
  --running_;
  if (const auto until = deadline_of(which))
    deadlines_.erase(*until);
}

std::optional<executor_core::deadline> executor_core::deadline_of(const attempt& which) {
  return which.until ? std::optional{deadline{*which.until, which.id.job}} : std::nullopt;
}

std::optional<handed_job> executor_core::on_ended(const job_id& id, attempt_result outcome, duration boot) {
  const auto found = attempts_.find(id);
  CARILLON_ASSERT(found != attempts_.end() && found->second.at == phase::running);
  auto& which = found->second;
  end(which);
  if (which.next && !draining_) { // the store wouldn't take the old one's report any more
    auto next = *std::exchange(which, {}).next;
    begin(which, next, boot);
    return next;
  }
  which.at = phase::ended;
  ++ended_;
  to_report_.push_back(id);
  if (!is_attempts_own(outcome.outcome)) // no store records that: the job would count as lost, and run again
    outcome = attempt_result::failed(job_outcome::error, "its code or its runner has ended it as no attempt ends");
  const bool gave_up = which.asked == stop_reason::lease_lost || which.asked == stop_reason::node_stops;
  if (gave_up && outcome.outcome == job_outcome::cancelled)
    return std::nullopt; // no outcome of the job: another attempt will have one
  which.report = finished_attempt{which.id, outcome.outcome, std::move(outcome.result), std::move(outcome.error_text),
                                  boot - which.started};
  return std::nullopt;
}

attempt_reports executor_core::take_reports(std::size_t limit, std::size_t size_limit_bytes) {
  attempt_reports taken;
  taken.finished.reserve(std::min(limit, to_report_.size()));
  std::size_t size = 0;
  const auto most = reporting_.size() + limit;
  while (!to_report_.empty() && reporting_.size() < most && size <= size_limit_bytes) {
    const auto id = to_report_.front();
    to_report_.pop_front();
    const auto found = attempts_.find(id);
    if (found == attempts_.end() || found->second.at != phase::ended)
      continue;
    auto& which = found->second;
    which.at = phase::reporting;
    --ended_;
    reporting_.push_back(id);
    if (which.report) {
      size += size_bytes(which.report->result) + which.report->error_text.size();
      taken.finished.push_back(*which.report);
    } else
      taken.released.push_back(which.id);
  }
  return taken;
}

void executor_core::on_reports_answered() {
  for (const auto& id : std::exchange(reporting_, {}))
    if (const auto found = attempts_.find(id); found != attempts_.end() && found->second.at == phase::reporting)
      attempts_.erase(found);
}

void executor_core::on_reports_lost() {
  for (const auto& id : std::exchange(reporting_, {}))
    if (const auto found = attempts_.find(id); found != attempts_.end() && found->second.at == phase::reporting) {
      found->second.at = phase::ended;
      ++ended_;
      to_report_.push_back(id);
    }
}

// Once, but that a lost lease leaves less time than whatever was asked for before.
bool executor_core::may_be_asked(const attempt& which, stop_reason why) {
  return which.at == phase::running && (!which.asked || (why == stop_reason::lease_lost && which.asked != why));
}

executor_core::stop_order executor_core::order(attempt& which, stop_reason why) {
  which.asked = why;
  if (const auto until = deadline_of(which))
    deadlines_.erase(*until);
  return {which.id.job, which.runner, why};
}

std::optional<executor_core::stop_order> executor_core::stop(const attempt_id& which, stop_reason why) {
  const auto found = attempts_.find(which.job);
  if (found != attempts_.end() && found->second.next && id_of(*found->second.next->what) == which)
    found->second.next.reset(); // it isn't named any more: the store hears of it by the next renewal
  if (found == attempts_.end() || found->second.id != which || !may_be_asked(found->second, why))
    return std::nullopt;
  return order(found->second, why);
}

std::vector<executor_core::stop_order> executor_core::stop_all(stop_reason why) {
  std::vector<stop_order> orders;
  for (auto& [id, which] : attempts_)
    if (may_be_asked(which, why))
      orders.push_back(order(which, why));
  std::ranges::sort(orders, {}, &stop_order::id);
  return orders;
}

std::vector<executor_core::stop_order> executor_core::stop_overdue(duration boot) {
  std::vector<stop_order> orders;
  while (!deadlines_.empty() && deadlines_.begin()->first <= boot)
    orders.push_back(order(attempts_.at(deadlines_.begin()->second), stop_reason::timed_out));
  return orders;
}

std::optional<duration> executor_core::next_deadline(duration boot) const {
  return deadlines_.empty() ? std::nullopt : std::optional{std::max(duration{0}, deadlines_.begin()->first - boot)};
}

std::vector<attempt_id> executor_core::held() const {
  std::vector<attempt_id> all;
  all.reserve(attempts_.size());
  for (const auto& [id, which] : attempts_)
    all.push_back(which.next ? id_of(*which.next->what) : which.id);
  std::ranges::sort(all);
  return all;
}

std::uint32_t executor_core::free_slots() const noexcept {
  const auto used = static_cast<std::uint32_t>(running_);
  return draining_ || used >= slots_ ? 0 : slots_ - used;
}

} // namespace carillon::engine
