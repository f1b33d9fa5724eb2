#include "keyed/cover_check.hpp"

#include "carillon/base/utf8.hpp"
#include "keyed/first_fire.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

// An `and` trigger may need several calls for one fire time; one that never ends is not this check's business.
result<std::optional<timestamp>> next_of(trigger& rule) {
  constexpr int tries = 100;
  auto next = rule.next();
  for (int i = 0; i < tries && !next && next.err().code() == ec::iteration_limit; ++i)
    next = rule.next();
  return next;
}

// Those with the same beginning, such as one whose other settings were replaced, are one.
std::vector<era> merged(std::vector<era> eras) {
  std::ranges::stable_sort(eras, {}, &era::since);
  std::vector<era> all;
  for (auto& x : eras) {
    if (all.empty() || all.back().since != x.since)
      all.push_back(std::move(x));
    else
      all.back().covered_to = std::max(all.back().covered_to, x.covered_to);
  }
  return all;
}

class cover_walk {
public:
  cover_walk(life what, decisions found, timestamp whole_from)
    : life_(std::move(what)), found_(std::move(found)), whole_from_(whole_from) {
    std::ranges::sort(found_.jobs);
    std::ranges::sort(found_.skips, {}, &skip::first);
    auto& told = report_.what;
    told.id = life_.id;
    told.incarnation = life_.incarnation;
    told.is_removed = life_.is_removed;
    told.jobs = found_.jobs.size();
    told.skips = found_.skips.size();
  }

  cover_report run() {
    find_twice();
    const auto eras = merged(std::move(life_.eras));
    report_.what.eras = eras.size();
    job_ = std::ranges::lower_bound(found_.jobs, whole_from_);
    skip_ = std::ranges::find_if(found_.skips, [&](const skip& x) { return x.last >= whole_from_; });
    for (const auto& x : eras)
      compare(x);
    if (!eras.empty()) // without any, nothing is known of what it should have decided
      tell_extra(timestamp::max(), life_.is_incomplete);
    if (life_.is_incomplete)
      report_.what.note = "a definition or the state of it can't be read";
    return std::move(report_);
  }

private:
  void find_twice() {
    const auto& skips = found_.skips;
    for (std::size_t i = 1; i < skips.size(); ++i)
      if (skips[i].first <= skips[i - 1].last)
        extra(skips[i].first, "is skipped twice");
    for (const auto job : found_.jobs)
      if (const auto after = std::ranges::upper_bound(skips, job, {}, &skip::first);
          after != skips.begin() && std::prev(after)->last >= job)
        extra(job, "has a job and a skip");
  }

  void compare(const era& x) {
    if (!x.covered_to)
      return;
    const auto from = x.since ? std::max(whole_from_, *x.since + resolution) : whole_from_;
    tell_extra(from, life_.is_incomplete); // between the eras nothing was due
    if (auto why = x.not_comparable.empty() ? walk(x, from) : x.not_comparable; !why.empty()) {
      report_.what.note = std::move(why);
      tell_extra(*x.covered_to + resolution, true);
      return;
    }
    tell_extra(*x.covered_to + resolution, false);
  }

  // Visits the era's fire times. Gives why that isn't possible, if so.
  std::string walk(const era& x, timestamp from) {
    auto rule = trigger::make(x.trigger);
    if (!rule)
      return fmt::format("a trigger is refused: {}", rule.err().text());
    if (const auto moved = rule->skip_to(from); !moved)
      return fmt::format("a trigger can't be moved on: {}", moved.err().text());
    auto next = next_of(*rule);
    while (next && *next && **next <= *x.covered_to) {
      if (const auto known_to = visit(**next); known_to > **next)
        if (const auto moved = rule->skip_to(known_to); !moved)
          return fmt::format("a trigger can't be moved on: {}", moved.err().text());
      next = next_of(*rule);
    }
    return next ? std::string{} : fmt::format("a trigger doesn't go on: {}", next.err().text());
  }

  // A fire time. Gives the instant up to which everything is known to be in order, to leap to.
  timestamp visit(timestamp fire_time) {
    tell_extra(fire_time, false);
    ++report_.what.fire_times;
    const bool has_job = job_ != found_.jobs.end() && *job_ == fire_time;
    const bool has_skip = skip_ != found_.skips.end() && skip_->first <= fire_time;
    if (!has_job && !has_skip) {
      ++report_.what.missing;
      fault(fire_time, "has neither a job nor a skip");
    }
    if (has_job)
      ++job_;
    if (!has_skip)
      return fire_time;
    const auto last = skip_->last;
    const bool job_within = job_ != found_.jobs.end() && *job_ <= last;
    if (skip_->first == fire_time && last > fire_time && !job_within)
      report_.what.fire_times += skip_->count.value_or(2) - std::min<std::uint64_t>(skip_->count.value_or(2), 2);
    is_skip_met_ = true;
    while (skip_ != found_.skips.end() && skip_->last <= fire_time) // several, if it was skipped twice
      pass_skip();
    return job_within ? std::max(*job_, fire_time) : last;
  }

  // What stands before `when` wasn't given by the trigger. `is_known`: no, it may have been.
  void tell_extra(timestamp when, bool is_known) {
    for (; job_ != found_.jobs.end() && *job_ < when; ++job_)
      if (!is_known)
        extra(*job_, "has a job, but the trigger doesn't give it");
    for (; skip_ != found_.skips.end() && skip_->last < when; pass_skip())
      if (!is_known && !is_skip_met_)
        extra(skip_->first, "has a skip, but the trigger doesn't give it");
  }

  void pass_skip() {
    ++skip_;
    is_skip_met_ = false;
  }

  void extra(timestamp when, std::string_view text) {
    ++report_.what.extra;
    fault(when, text);
  }

  void fault(timestamp when, std::string_view text) {
    constexpr std::size_t max_faults = 1'000; // of one schedule: nobody reads more, and each costs memory
    auto whole =
        fmt::format("schedule {} (incarnation {}): {} {}", quote(life_.id), life_.incarnation, to_iso8601(when), text);
    if (report_.what.first_fault.empty())
      report_.what.first_fault = fmt::format("{} {}", to_iso8601(when), text);
    if (report_.faults.size() < max_faults)
      report_.faults.push_back(std::move(whole));
  }

  life life_;
  decisions found_;
  timestamp whole_from_;
  cover_report report_;
  std::vector<timestamp>::const_iterator job_;
  std::vector<skip>::const_iterator skip_;
  bool is_skip_met_ = false; // a fire time lies in the range
};

} // namespace

cover_report check_cover(life what, decisions found, timestamp whole_from) {
  return cover_walk{std::move(what), std::move(found), whole_from}.run();
}

} // namespace carillon::keyed
