#include "keyed/cover_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

constexpr duration resolution{1};

// An `and` trigger may need several calls for one fire time; one that never ends is not this check's business.
result<std::optional<timestamp>> next_of(trigger& rule) {
  constexpr int tries = 100;
  auto next = rule.next();
  for (int i = 0; i < tries && !next && next.err().code() == ec::iteration_limit; ++i)
    next = rule.next();
  return next;
}

std::string fault_of(std::string_view id, revision incarnation, timestamp when, std::string_view text) {
  return fmt::format("schedule {:?} (incarnation {}): {} {}", id, incarnation, to_iso8601(when), text);
}

class cover_walk {
public:
  // `found` is sorted.
  cover_walk(const schedule& what, decisions found, timestamp from, std::vector<std::string>& faults)
    : what_(what), found_(std::move(found)), faults_(faults) {
    job_ = std::ranges::lower_bound(found_.jobs, from);
    skip_ = found_.skips.begin();
  }

  // The next fire time of the trigger. Gives the instant up to which everything is known to be in order, to leap to.
  timestamp visit(timestamp fire_time) {
    for (; job_ != found_.jobs.end() && *job_ < fire_time; ++job_)
      fault(*job_, "has a job, but the trigger doesn't give it");
    while (skip_ != found_.skips.end() && skip_->last < fire_time)
      ++skip_;
    const bool has_job = job_ != found_.jobs.end() && *job_ == fire_time;
    const bool has_skip = skip_ != found_.skips.end() && skip_->first <= fire_time;
    if (!has_job && !has_skip)
      fault(fire_time, "has neither a job nor a skip");
    if (has_job)
      ++job_;
    if (!has_skip)
      return fire_time;
    return job_ != found_.jobs.end() ? std::min(*job_, skip_->last) : skip_->last;
  }

  void finish(timestamp covered_to) {
    for (; job_ != found_.jobs.end() && *job_ <= covered_to; ++job_)
      fault(*job_, "has a job, but the trigger doesn't give it");
  }

private:
  void fault(timestamp when, std::string_view text) {
    faults_.push_back(fault_of(what_.definition.id, what_.state.incarnation, when, text));
  }

  const schedule& what_;
  decisions found_;
  std::vector<std::string>& faults_;
  std::vector<timestamp>::const_iterator job_;
  std::vector<skip>::const_iterator skip_;
};

} // namespace

void check_decided_once(revision incarnation, decisions& found, std::vector<std::string>& faults) {
  std::ranges::sort(found.jobs);
  std::ranges::sort(found.skips, {}, &skip::first);
  const auto twice = [&](timestamp when, std::string_view text) {
    faults.push_back(fault_of(found.schedule_id, incarnation, when, text));
  };
  for (std::size_t i = 1; i < found.skips.size(); ++i)
    if (found.skips[i].first <= found.skips[i - 1].last)
      twice(found.skips[i].first, "is skipped twice");
  for (const auto job : found.jobs)
    if (const auto after = std::ranges::upper_bound(found.skips, job, {}, &skip::first);
        after != found.skips.begin() && std::prev(after)->last >= job)
      twice(job, "has a job and a skip");
}

void check_cover(const schedule& what, decisions found, timestamp whole_from, std::vector<std::string>& faults) {
  const auto& state = what.state;
  check_decided_once(state.incarnation, found, faults);
  if (!state.covered_to)
    return;
  const auto from = state.trigger_since ? std::max(whole_from, *state.trigger_since + resolution) : whole_from;
  auto rule = trigger::make(what.definition.trigger);
  if (!rule) {
    faults.push_back(fmt::format("schedule {:?}: its trigger is refused: {}", what.definition.id, rule.err().text()));
    return;
  }
  if (!rule->skip_to(from))
    return;
  cover_walk walk{what, std::move(found), from, faults};
  for (auto next = next_of(*rule); next && *next && **next <= *state.covered_to; next = next_of(*rule))
    if (const auto known_to = walk.visit(**next); known_to > **next && !rule->skip_to(known_to))
      return;
  walk.finish(*state.covered_to);
}

} // namespace carillon::keyed
