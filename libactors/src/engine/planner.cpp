#include "engine/planner.hpp"

#include <algorithm>

namespace carillon::engine {
namespace {

constexpr std::size_t cached_triggers = 20'000;

/// One schedule's plan while it is made.
class planning {
public:
  planning(const due_schedule& due, timestamp now, const limits& bounds, fire_sequence fires)
    : due_(due), definition_(due.what.definition), now_(now), fires_(std::move(fires)), room_(room(due, bounds)),
      no_room_(is_queue_limit(definition_.overlap) ? skip_reason::queue_full : skip_reason::overlap),
      most_(std::max<std::size_t>(bounds.waiting_jobs_per_schedule, 1)) {
    plan_.schedule_id = definition_.id;
    plan_.incarnation = due.what.state.incarnation;
    plan_.based_on = due.what.state.changed;
    plan_.last_fire_time = due.what.state.last_fire_time;
    plan_.covered_to = due.what.state.covered_to;
    plan_.ahead = due.ahead;
  }

  fire_plan run() {
    if (auto done = cover(); !done)
      plan_.pause_reason = done.err().text();
    plan_.cursor = fires_.cursor();
    plan_.next_fire_time = fires_.head();
    plan_.cancel_running = definition_.overlap == overlap_policy::cancel_running && !plan_.jobs.empty();
    return std::move(plan_);
  }

private:
  static bool is_queue_limit(overlap_policy overlap) {
    return overlap == overlap_policy::queue_all || overlap == overlap_policy::allow;
  }

  /// How many more jobs the schedule may have, by decision 12. Jobs can only have ended since the counts were taken, so
  /// the true room is never less.
  static std::size_t room(const due_schedule& due, const limits& bounds) {
    const auto overlap = due.what.definition.overlap;
    std::size_t may_wait =
        is_queue_limit(overlap) ? bounds.waiting_jobs_per_schedule : (overlap == overlap_policy::skip ? 0 : 1);
    if (overlap != overlap_policy::allow && due.running_jobs == 0)
      ++may_wait; // the one that will run doesn't wait
    return may_wait > due.waiting_jobs ? may_wait - due.waiting_jobs : 0;
  }

  result<void> cover() {
    const auto after_now = now_ + duration{1};
    if (const auto from = due_.what.state.resume_from)
      if (auto done = skip_before(std::min(*from, after_now), skip_reason::paused); !done)
        return done;
    if (const auto grace = due_.misfire_grace_time;
        grace && *grace < now_.time_since_epoch()) // a longer one reaches back before 1970
      if (auto done = skip_before(now_ - *grace, skip_reason::misfire); !done)
        return done;
    if (!fires_.is_before(after_now))
      return {};
    switch (definition_.coalesce) {
      case coalesce_policy::latest: {
        auto latest = fires_;
        if (auto done = latest.skip_to_latest_before(after_now); !done)
          return done;
        const auto kept = *latest.head(); // before `latest` is moved from: arguments are evaluated in any order
        if (auto done = skip_before(kept, skip_reason::coalesced, std::move(latest)); !done)
          return done;
        return add_job();
      }
      case coalesce_policy::earliest:
        if (auto done = add_job(); !done)
          return done;
        return skip_before(after_now, skip_reason::coalesced);
      case coalesce_policy::all: {
        auto newest = fires_;
        if (auto done = newest.skip_to_last(std::clamp<std::size_t>(definition_.max_catch_up, 1, most_), after_now);
            !done)
          return done;
        const auto kept = *newest.head();
        if (auto done = skip_before(kept, skip_reason::catch_up_limit, std::move(newest)); !done)
          return done;
        while (fires_.is_before(after_now))
          if (auto done = add_job(); !done)
            return done;
      }
    }
    return {};
  }

  /// Skips all fire times before `when`.
  result<void> skip_before(timestamp when, skip_reason why) {
    if (!fires_.is_before(when))
      return {};
    auto rest = fires_;
    if (auto done = rest.skip_to(when); !done)
      return done;
    return skip_before(when, why, std::move(rest));
  }

  /// The same when `rest`, the sequence from `when` on, is known already.
  result<void> skip_before(timestamp when, skip_reason why, fire_sequence rest) {
    if (!fires_.is_before(when))
      return {};
    auto last = fires_;
    if (auto done = last.skip_to_latest_before(when); !done)
      return done;
    note_skip(*fires_.head(), *last.head(), why);
    fires_ = std::move(rest);
    return {};
  }

  /// Records that first ... last made no job; joined with the range before it if that has the same reason.
  void note_skip(timestamp first, timestamp last, skip_reason why) {
    std::optional<std::uint64_t> count;
    if (first == last)
      count = 1;
    else if (const auto* grid = std::get_if<interval_definition>(&fires_.definition().kind))
      count = static_cast<std::uint64_t>((last - first) / grid->interval) + 1;
    plan_.covered_to = last;
    if (plan_.skips.empty() || plan_.skips.back().reason != why) {
      plan_.skips.push_back({definition_.id, plan_.incarnation, first, last, count, why, now_});
      return;
    }
    auto& range = plan_.skips.back();
    range.last = last;
    range.count = range.count && count ? std::optional{*range.count + *count} : std::nullopt;
  }

  /// The head becomes a job, or a skip if there is no room for it.
  result<void> add_job() {
    const auto fire_time = *fires_.head();
    // First, as a plan can't say what comes after a time that it has covered if the trigger doesn't.
    if (auto moved = fires_.pop(); !moved)
      return moved;
    if (plan_.jobs.size() >= room_) {
      note_skip(fire_time, fire_time, no_room_);
    } else {
      plan_.jobs.push_back(make_job(fire_time));
      plan_.last_fire_time = fire_time;
      plan_.covered_to = fire_time;
    }
    return {};
  }

  job make_job(timestamp fire_time) const {
    auto made = carillon::make_job(due_);
    made.id = job_id::of_fire_time(definition_.id, plan_.incarnation, fire_time);
    made.scheduled_fire_time = fire_time;
    made.created_at = now_;
    made.not_before = fire_time + jitter(made.id, fire_time);
    if (due_.misfire_grace_time)
      made.start_deadline = made.not_before + *due_.misfire_grace_time;
    return made;
  }

  // The head is the following fire time, which is never reached.
  duration jitter(const job_id& id, timestamp fire_time) const {
    auto longest = definition_.max_jitter;
    if (const auto following = fires_.head())
      longest = std::min(longest, *following - fire_time - duration{1});
    if (longest <= duration{0})
      return {};
    return duration{
        static_cast<std::int64_t>(std::hash<job_id>{}(id) % static_cast<std::uint64_t>(longest.count() + 1))};
  }

  const due_schedule& due_;
  const schedule_definition& definition_;
  timestamp now_;
  fire_sequence fires_;
  std::size_t room_;
  skip_reason no_room_;
  std::size_t most_; // jobs at once, whatever an older version has accepted
  fire_plan plan_;
};

} // namespace

result<trigger> planner::compile(const schedule& what) {
  const auto& state = what.state;
  if (const auto found = compiled_.find(state.incarnation); found != compiled_.end()) {
    if (found->second.definition_changed == state.definition_changed)
      return found->second.rule.at(state.cursor);
    compiled_.erase(found);
  }
  auto rule = trigger::restore(what.definition.trigger, state.cursor);
  if (rule) {
    if (compiled_.size() >= cached_triggers)
      compiled_.clear(); // simple, and rare: compiling costs about a microsecond
    compiled_.emplace(state.incarnation, cached{state.definition_changed, *rule});
  }
  return rule;
}

fire_plan planner::plan(const due_schedule& due, timestamp now) {
  const auto& state = due.what.state;
  auto rule = compile(due.what);
  if (!rule) { // stored by another version, or damaged: it harms itself alone
    fire_plan stopped;
    stopped.schedule_id = due.what.definition.id;
    stopped.incarnation = state.incarnation;
    stopped.based_on = state.changed;
    stopped.cursor = state.cursor;
    stopped.next_fire_time = state.next_fire_time;
    stopped.last_fire_time = state.last_fire_time;
    stopped.covered_to = state.covered_to;
    stopped.pause_reason = rule.err().text();
    return stopped;
  }
  return planning{due, now, bounds_, {*std::move(rule), state.next_fire_time}}.run();
}

} // namespace carillon::engine
