#include "testing/sim/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace carillon::testing::sim {
namespace {

constexpr duration resolution{1};
constexpr duration punctual = std::chrono::seconds{2};

template <class List, class See>
void read_pages(List list, See see) {
  page_request request{1'000, {}};
  do {
    const auto found = list(request);
    if (!found)
      return;
    for (const auto& x : found->items)
      see(x);
    request.after = found->next;
  } while (!request.after.empty());
}

} // namespace

void checker::violation(std::string text) {
  constexpr std::size_t enough = 20;
  if (violations_.size() < enough)
    violations_.push_back(std::move(text));
}

// ---- what runners do

void checker::on_started(const std::string& node, const job& what) {
  ++attempts_;
  auto& known = known_[what.id];
  const auto token = what.held_by->token;
  for (const auto& earlier : known.attempts) {
    if (earlier.token >= token)
      violation(fmt::format("I4: job {}: token {} is started at {} after token {} at {}", what.id.to_string(), token,
                            node, earlier.token, earlier.node));
    if (!earlier.outcome && !earlier.told_to_stop)
      violation(fmt::format("I4: job {} is started at {} while it runs at {}, which wasn't told to stop",
                            what.id.to_string(), node, earlier.node));
  }
  if (known.outcome && token > known.finished)
    violation(fmt::format("I3: job {} is started with token {} after it has ended ({})", what.id.to_string(), token,
                          known.finished));
  known.attempts.push_back({node, token, false, std::nullopt});
}

void checker::on_told_to_stop(const std::string& node, const job_id& id) {
  for (auto& one : known_[id].attempts)
    if (one.node == node)
      one.told_to_stop = true;
}

void checker::on_ended(const std::string& node, const job& what, job_outcome outcome) {
  for (auto& one : known_[what.id].attempts)
    if (one.node == node && one.token == what.held_by->token)
      one.outcome = outcome;
}

void checker::on_node_gone(const std::string& node) {
  for (auto& [id, known] : known_)
    for (auto& one : known.attempts)
      if (one.node == node && !one.outcome)
        one.outcome = job_outcome::none;
}

// ---- what the store says

void checker::on_events(const std::vector<event>& events, const data_store& state) {
  ++commits_;
  for (const auto& one : events)
    on_event(one, state);
  close_decisions();
}

void checker::on_event(const event& what, const data_store& state) {
  const std::pair at{what.number, what.index};
  if (at <= last_event_)
    violation(fmt::format("I7: event {}.{} comes after {}.{}", what.number, what.index, last_event_.first,
                          last_event_.second));
  last_event_ = at;
  const bool is_decision = what.type == event_type::job_added || what.type == event_type::fire_skipped;
  if (open_.number != what.number || open_.schedule != what.schedule_id || !is_decision)
    close_decisions();
  switch (what.type) {
    case event_type::job_added: on_job_added(what, state); break;
    case event_type::fire_skipped: on_decided(what, state); break;
    case event_type::job_acquired: on_acquired(what, state); break;
    case event_type::job_released: running_.erase(*what.job); break;
    case event_type::job_retry_scheduled: on_retry(what, state); break;
    case event_type::job_finished: on_finished(what, state); break;
    case event_type::schedule_added: sync(what.schedule_id, state, what.at); break;
    case event_type::schedule_updated:
    case event_type::schedule_paused:
    case event_type::schedule_resumed:
      if (const auto known = schedules_.find(what.schedule_id); known != schedules_.end())
        known->second.is_stale = true;
      break;
    case event_type::schedule_finished:
      if (const auto known = schedules_.find(what.schedule_id);
          known != schedules_.end() && !known->second.is_stale && known->second.expected)
        violation(fmt::format("I1: schedule {} has finished before its fire time {}", what.schedule_id,
                              to_iso8601(*known->second.expected)));
      schedules_.erase(what.schedule_id);
      break;
    case event_type::schedule_removed: schedules_.erase(what.schedule_id); break;
    case event_type::clock_stepped: on_clocks_changed(); break;
    default: break;
  }
}

void checker::on_clocks_changed() {
  clocks_have_changed_ = true;
  for (auto& [id, known] : schedules_)
    known.is_stale = true;
}

void checker::on_suspended() {
  for (auto& [id, known] : known_)
    for (auto& one : known.attempts)
      one.told_to_stop = true;
}

void checker::sync(const std::string& id, const data_store& state, timestamp since) {
  const auto found = state.find_schedule(id);
  if (!found) {
    schedules_.erase(id);
    return;
  }
  auto& known = schedules_[id];
  known = {*found, std::nullopt, found->state.next_fire_time, false, since};
  known.rule = trigger::make(found->definition.trigger).or_throw();
  if (known.expected)
    known.rule->skip_to(*known.expected + resolution).or_throw();
}

void checker::expect(known_schedule& of, timestamp first, timestamp last, const std::string& id) {
  if (of.expected != first)
    violation(fmt::format("I1: schedule {}: {} is decided, but {} is its next fire time", id, to_iso8601(first),
                          of.expected ? to_iso8601(*of.expected) : "none"));
  if (last > first) {
    of.rule->skip_to(last).or_throw();
    of.expected = of.rule->next().or_throw();
    if (of.expected != last)
      violation(fmt::format("I1: schedule {}: a skip ends at {}, which is no fire time", id, to_iso8601(last)));
  } else if (of.expected != first)
    of.rule->skip_to(last + resolution).or_throw();
  of.expected = of.rule->next().or_throw();
}

void checker::on_job_added(const event& what, const data_store& state) {
  ++jobs_;
  const auto found = state.find_job(*what.job);
  if (!found) {
    if (found.err().code() == ec::not_found)
      violation(fmt::format("I7: event {} says that job {} is added, and it isn't there", what.number,
                            what.job->to_string()));
    return;
  }
  note_unique(*found);
  // Those of a backfill have another id.
  if (found->scheduled_fire_time &&
      found->id == job_id::of_fire_time(found->schedule_id, found->incarnation, *found->scheduled_fire_time))
    on_decided(what, state);
}

void checker::note_unique(const job& what) {
  if (!what.unique || what.unique->window || known_[what.id].outcome)
    return;
  const auto [holder, is_first] = unique_.emplace(what.unique->key, what.id);
  if (holder->second != what.id)
    violation(fmt::format("job {} is added beside job {}, which has its unique key {} and hasn't ended",
                          what.id.to_string(), holder->second.to_string(), holder->first));
}

void checker::on_decided(const event& what, const data_store& state) {
  ++fire_times_;
  const auto known = schedules_.find(what.schedule_id);
  if (known == schedules_.end() || known->second.is_stale) {
    sync(what.schedule_id, state, what.at);
    return;
  }
  if (what.number <= known->second.what.state.changed)
    return; // it was read when this was done already
  open_.schedule = what.schedule_id;
  open_.number = what.number;
  open_.all.push_back(what);
}

// A plan is made by the time of its claim, and of several claims it may be that of the first.
void checker::on_claimed(const due_schedules& claimed) {
  for (const auto& one : claimed.schedules)
    if (const auto known = schedules_.find(one.what.definition.id); known != schedules_.end()) {
      auto& at = known->second.claimed_at;
      // One that is claimed ahead is planned as of its fire time.
      const auto planned_at = std::max(claimed.now, one.what.state.next_fire_time.value_or(claimed.now));
      at = std::min(at.value_or(planned_at), planned_at);
    }
}

// The rules of coalescing and catching up, for what one plan has decided.
void checker::close_decisions() {
  auto decided = std::exchange(open_, {});
  if (decided.all.empty())
    return;
  const auto known = schedules_.find(decided.schedule);
  if (known == schedules_.end())
    return;
  std::ranges::sort(decided.all, {}, &event::scheduled_fire_time);
  for (const auto& one : decided.all)
    expect(known->second, *one.scheduled_fire_time, one.last_fire_time.value_or(*one.scheduled_fire_time),
           decided.schedule);
  const auto& definition = known->second.what.definition;
  std::vector<timestamp> jobs;
  std::optional<timestamp> first_coalesced, last_coalesced;
  for (const auto& one : decided.all)
    if (one.type == event_type::job_added)
      jobs.push_back(*one.scheduled_fire_time);
    else if (one.reason == skip_reason::coalesced) {
      if (!first_coalesced)
        first_coalesced = one.scheduled_fire_time;
      last_coalesced = one.last_fire_time.value_or(*one.scheduled_fire_time);
    }
  const auto said = [&](std::string_view what) {
    violation(fmt::format("schedule {}: the plan {} {}", decided.schedule, decided.number, what));
  };
  if (const auto planned_at = std::exchange(known->second.claimed_at, std::nullopt);
      planned_at && known->second.expected && *known->second.expected <= *planned_at)
    said(fmt::format("leaves {} behind, which is due", to_iso8601(*known->second.expected)));
  if (const auto last = decided.all.back().last_fire_time.value_or(*decided.all.back().scheduled_fire_time);
      is_punctual_ && last >= known->second.since && decided.all.back().at - last > punctual)
    said(fmt::format("decides {} too late", to_iso8601(last)));
  if (is_punctual_ && decided.all.back().at < *decided.all.back().scheduled_fire_time)
    said(fmt::format("decides {} before it is due", to_iso8601(*decided.all.back().scheduled_fire_time)));
  if (jobs.size() > std::max<std::size_t>(definition.max_catch_up, 1))
    said(fmt::format("I8: makes {} jobs, and may make {}", jobs.size(), definition.max_catch_up));
  if (definition.coalesce != coalesce_policy::all && jobs.size() > 1)
    said("makes several jobs of what is to be one");
  if (definition.coalesce == coalesce_policy::latest && last_coalesced && !jobs.empty() &&
      jobs.back() < *last_coalesced)
    said("doesn't run the latest fire time");
  if (definition.coalesce == coalesce_policy::earliest && first_coalesced && !jobs.empty() &&
      jobs.front() > *first_coalesced)
    said("doesn't run the earliest fire time");
  if (first_coalesced && jobs.empty() && std::ranges::none_of(decided.all, [](const event& one) {
        return one.reason && *one.reason != skip_reason::coalesced;
      }))
    said("runs none of what it coalesces");
}

void checker::on_acquired(const event& what, const data_store& state) {
  auto& known = known_[*what.job];
  if (known.outcome)
    violation(fmt::format("I3: job {} is handed out after it has ended", what.job->to_string()));
  known.newest_token = what.number;
  const auto found = state.find_job(*what.job);
  if (!found)
    return;
  if (found->attempt == 1 && found->start_deadline && found->started_at && *found->started_at > *found->start_deadline)
    violation(fmt::format("job {} is handed out at {}, after its start deadline {}", what.job->to_string(),
                          to_iso8601(*found->started_at), to_iso8601(*found->start_deadline)));
  if (!clocks_have_changed_ && found->started_at && *found->started_at < found->not_before &&
      found->attempt == what.attempt && found->state == job_state::running)
    violation(fmt::format("job {} is handed out before its time", what.job->to_string()));
  running_job added{found->task, found->incarnation, {}, 0, found->overlap != overlap_policy::allow};
  if (found->limit) {
    added.key = found->limit->key;
    added.maximum = found->limit->maximum;
  }
  running_[*what.job] = added;
  check_limits(added, state);
  if (found->rate)
    check_rate("the key " + found->rate->key, found->rate->rate, what.at);
  if (const auto settings = state.find_task(found->task); settings && settings->rate)
    check_rate("the task " + found->task, *settings->rate, what.at);
}

void checker::check_limits(const running_job& added, const data_store& state) {
  const auto count = [&](auto holds) {
    return static_cast<std::size_t>(
        std::ranges::count_if(running_, [&](const auto& one) { return holds(one.second); }));
  };
  if (!added.key.empty() && count([&](const auto& one) { return one.key == added.key; }) > added.maximum)
    violation(fmt::format("I5: more than {} jobs with the key {} run", added.maximum, added.key));
  if (added.alone && count([&](const auto& one) { return one.alone && one.incarnation == added.incarnation; }) > 1)
    violation(fmt::format("I5: two jobs of the schedule's incarnation {} run", added.incarnation));
  if (const auto settings = state.find_task(added.task);
      settings && settings->max_running_jobs &&
      count([&](const auto& one) { return one.task == added.task; }) > *settings->max_running_jobs)
    violation(fmt::format("I5: more than {} jobs of the task {} run", *settings->max_running_jobs, added.task));
}

// By the store's wall clock, while that goes right.
void checker::check_rate(const std::string& of, const start_rate& rate, timestamp at) {
  if (clocks_have_changed_)
    return;
  auto& known = begun_[of];
  if (known.rate != rate) // what began before wasn't held up by it
    known = {rate, {}};
  known.last.push_back(at);
  if (known.last.size() <= rate.count)
    return;
  const auto first = known.last.front();
  known.last.pop_front();
  if (at - first < rate.per)
    violation(fmt::format("more than {} attempts of {} begin within {}", rate.count, of, to_text(rate.per)));
}

void checker::on_retry(const event& what, const data_store& state) {
  running_.erase(*what.job);
  auto& known = known_[*what.job];
  ++known.retries;
  for (const auto& one : known.attempts)
    if (one.token == known.newest_token && one.outcome == job_outcome::success)
      violation(fmt::format("job {} is tried again after a success", what.job->to_string()));
  if (const auto found = state.find_job(*what.job); found && known.retries >= found->retry.max_attempts)
    violation(fmt::format("job {} is tried again after {} failed attempts", what.job->to_string(), known.retries));
}

void checker::on_finished(const event& what, const data_store& state) {
  const auto name = what.job->to_string();
  running_.erase(*what.job);
  auto& known = known_[*what.job];
  if (known.outcome)
    violation(fmt::format("I3: job {} has ended twice", name));
  known.outcome = what.outcome;
  known.finished = what.number;
  std::erase_if(unique_, [&](const auto& one) { return one.second == *what.job; });
  const auto found = state.find_job(*what.job);
  if (!found) {
    if (found.err().code() == ec::not_found)
      violation(fmt::format("I7: job {} is said to have ended, and isn't there", name));
    return;
  }
  if (found->state != job_state::finished || found->outcome != what.outcome) {
    violation(fmt::format("I7: job {} is said to have ended as {}, and is {} ({})", name, to_string(what.outcome),
                          to_string(found->state), to_string(found->outcome)));
    return;
  }
  if (what.outcome == job_outcome::missed_start_deadline &&
      (!found->start_deadline || *found->finished_at <= *found->start_deadline))
    violation(fmt::format("job {} has missed its start deadline, which isn't over", name));
  if (what.outcome != job_outcome::success)
    return;
  const auto token = found->held_by ? found->held_by->token : 0;
  if (token != known.newest_token)
    violation(fmt::format("I3: job {} has ended with token {}, and the newest is {}", name, token, known.newest_token));
  if (found->result != value{static_cast<std::int64_t>(token)})
    violation(fmt::format("I3: job {} has the result of another attempt than {}", name, token));
  if (std::ranges::none_of(known.attempts, [&](const attempt& one) {
        return one.token == token && one.outcome == job_outcome::success;
      }))
    violation(fmt::format("I3: job {} is said to have succeeded, and nothing did", name));
}

// ---- what is recorded

void checker::on_opened(const data_store& state) {
  close_decisions();
  running_.clear();
  unique_.clear();
  read_pages(
      [&](const page_request& request) {
        return state.list_jobs({{}, {}, job_state::pending}, request);
      },
      [&](const job& what) { note_unique(what); });
  read_pages(
      [&](const page_request& request) {
        return state.list_jobs({{}, {}, job_state::running}, request);
      },
      [&](const job& what) {
        note_unique(what);
        running_job there{what.task, what.incarnation, {}, 0, what.overlap != overlap_policy::allow};
        if (what.limit) {
          there.key = what.limit->key;
          there.maximum = what.limit->maximum;
        }
        running_[what.id] = there;
      });
  std::vector<std::string> ids;
  for (const auto& [id, known] : schedules_)
    ids.push_back(id);
  for (const auto& id : ids)
    sync(id, state, timestamp::max());
  for (const auto& id : acknowledged_)
    if (const auto found = state.find_job(id); !found && found.err().code() == ec::not_found)
      violation(fmt::format("I2: job {} was acknowledged, and is lost", id.to_string()));
  check_whole(state);
}

void checker::check_whole(const data_store& state) {
  if (const auto checked = state.check())
    for (const auto& fault : checked->faults)
      violation("the store's check: " + fault);
  for (auto& [id, known] : known_) {
    const auto found = state.find_job(id);
    if (!found)
      continue;
    if (known.outcome && (found->state != job_state::finished || found->outcome != *known.outcome))
      violation(fmt::format("I3: job {} had ended as {}, and is {} ({})", id.to_string(), to_string(*known.outcome),
                            to_string(found->state), to_string(found->outcome)));
    // What the store has done while nobody could hear it.
    if (found->held_by)
      known.newest_token = std::max(known.newest_token, found->held_by->token);
    known.retries = std::max(known.retries, found->failed_attempts);
    if (found->state == job_state::finished && !known.outcome) {
      known.outcome = found->outcome;
      known.finished = found->changed;
    }
  }
}

void checker::check_schedules(const data_store& state, timestamp since) {
  read_pages([&](const page_request& request) { return state.list_schedules(request); },
             [&](const schedule& what) {
               if (!what.state.paused && what.state.next_fire_time && *what.state.next_fire_time < since)
                 violation(fmt::format("liveness: schedule {} is due since {}", what.definition.id,
                                       to_iso8601(*what.state.next_fire_time)));
             });
}

void checker::check_quiet(const data_store& state, timestamp now) {
  read_pages(
      [&](const page_request& request) {
        return state.list_jobs({{}, {}, job_state::pending}, request);
      },
      [&](const job& what) {
        if (what.not_before <= now)
          violation(fmt::format("liveness: job {} is due since {}, and waits", what.id.to_string(),
                                to_iso8601(what.not_before)));
      });
  read_pages(
      [&](const page_request& request) {
        return state.list_jobs({{}, {}, job_state::running}, request);
      },
      [&](const job& what) {
        violation(fmt::format("liveness: job {} runs for ever, says {} with token {} of attempt {}",
                              what.id.to_string(), what.held_by->executor, what.held_by->token, what.attempt));
      });
  check_follow_ups(state);
}

void checker::check_follow_ups(const data_store& state) {
  std::map<job_id, std::int64_t> missing; // due ones that aren't there
  read_pages([&](const page_request& request) { return state.list_jobs({}, request); },
             [&](const job& what) {
               if (what.state == job_state::finished)
                 missing[what.id] +=
                     std::ranges::count_if(what.follow_ups, [&](const auto& x) { return is_due(x.on, what.outcome); });
               if (what.follows)
                 --missing[what.follows->id];
             });
  for (const auto& [id, count] : missing)
    if (count != 0)
      violation(fmt::format("job {} has {} follow-ups {} than are due", id.to_string(), std::abs(count),
                            count > 0 ? "less" : "more"));
}

} // namespace carillon::testing::sim
