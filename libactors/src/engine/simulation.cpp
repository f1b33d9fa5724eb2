#include "engine/simulation.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "carillon/model/command.hpp"
#include "carillon/model/http.hpp"
#include "trigger/custom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace carillon::engine {
namespace {

constexpr std::size_t most_held = 100'000; // decisions
// No name that a node can have: no executor of a copied store is replaced by it.
constexpr const char* executor_name = "(simulation)";

// The zone that a trigger's times are written in: the first one that it names.
const std::string* find_zone_name(const trigger_definition& what) {
  struct visitor {
    const std::string* operator()(const calendar_interval_definition& x) const { return &x.timezone; }
    const std::string* operator()(const cron_definition& x) const { return &x.timezone; }
    const std::string* operator()(const classic_cron_definition& x) const { return &x.timezone; }
    const std::string* operator()(const all_of_definition& x) const { return first_of(x.triggers); }
    const std::string* operator()(const any_of_definition& x) const { return first_of(x.triggers); }
    const std::string* operator()(const date_definition&) const { return nullptr; }
    const std::string* operator()(const interval_definition&) const { return nullptr; }
    const std::string* operator()(const custom_definition&) const { return nullptr; }

    static const std::string* first_of(const std::vector<trigger_definition>& parts) {
      for (const auto& part : parts)
        if (const auto* found = find_zone_name(part))
          return found;
      return nullptr;
    }
  };
  return std::visit(visitor{}, what.kind);
}

// All pages of a list.
template <class List, class Visit>
result<void> for_each_page(List list, Visit visit) {
  page_request request{.limit = limits{}.page_items, .after = {}};
  do {
    auto page = list(request);
    if (!page)
      return page.err();
    for (auto& item : page->items)
      if (auto visited = visit(std::move(item)); !visited)
        return visited;
    request.after = std::move(page->next);
  } while (!request.after.empty());
  return {};
}

} // namespace

simulation::simulation(data_store& store, const limits& bounds, const simulation_settings& settings,
                       const simulation_callback& tell)
  : store_(store), bounds_(bounds), settings_(settings), planner_(bounds), decisions_(tell, most_held) {
  std::ranges::stable_sort(settings_.changes, {}, &simulated_change::at);
  std::ranges::sort(settings_.no_scheduler, {}, &time_span::from);
}

clock_reading simulation::clock_at(timestamp now) const { return {now, now - settings_.from, {}}; }

result<void> simulation::add(std::span<const task> tasks, std::span<const schedule_definition> schedules) {
  if (auto begun = store_.begin(clock_at(settings_.from)); !begun)
    return begun;
  std::set<std::string, std::less<>> known;
  const auto put = [&](const task& what) {
    known.insert(what.id);
    return store_.put_task(what);
  };
  for (const auto& what : tasks)
    if (auto done = put(what); !done)
      return done;
  for (const auto& what : schedules) {
    if (!known.contains(what.task) && !store_.find_task(what.task)) {
      task silent;
      silent.id = what.task;
      if (is_built_in(silent.id))
        silent.runner = silent.id;
      if (auto done = put(silent); !done)
        return done;
    }
    if (auto added = store_.add_schedule(what, conflict_policy::replace); !added)
      return added.err().within(what.id);
  }
  const auto committed = store_.commit();
  return committed ? result<void>{} : committed.err();
}

// ---- what the store has at first

result<void> simulation::prepare() {
  if (settings_.to <= settings_.from)
    return {ec::invalid_argument,
            fmt::format("to: {} isn't later than from, {}", to_iso8601(settings_.to), to_iso8601(settings_.from))};
  for (const auto step :
       {&simulation::load_workers, &simulation::load_schedules, &simulation::lighten_schedules, &simulation::load_jobs})
    if (auto done = (this->*step)(); !done)
      return done;
  renew_at_ = settings_.from + lease / 2;
  return {};
}

// One worker that takes everything on.
result<void> simulation::load_workers() {
  demand_.holder = {executor_name, store_.process()};
  std::set<std::string> runners;
  auto loaded = for_each_page([&](const page_request& request) { return store_.list_tasks(request); },
                              [&](task what) -> result<void> {
                                runners.insert(std::move(what.runner));
                                demand_.labels.insert(demand_.labels.end(), what.labels.begin(), what.labels.end());
                                demand_.tasks.push_back(std::move(what.id));
                                return {};
                              });
  demand_.runners.assign(runners.begin(), runners.end());
  sort_labels(demand_.labels);
  return loaded;
}

result<void> simulation::load_schedules() {
  std::set<std::string> ids;
  auto loaded = for_each_page(
      [&](const page_request& request) { return store_.list_schedules(request); },
      [&](const schedule& what) -> result<void> {
        const auto& covered_to = what.state.covered_to;
        if (covered_to && *covered_to >= settings_.from)
          return {ec::invalid_argument, fmt::format("from: schedule {} has decided its fire times up to {}: "
                                                    "begin later",
                                                    quote(what.definition.id), to_iso8601(*covered_to))};
        if (const auto& named = what.definition.runner;
            !named.empty() && std::ranges::find(demand_.runners, named) == demand_.runners.end())
          demand_.runners.push_back(named);
        ids.insert(what.definition.id);
        const auto kinds = custom_kinds_of(what.definition.trigger);
        kinds_.insert(kinds_.end(), kinds.begin(), kinds.end());
        schedules_.push_back(what.definition);
        return load_zone(what.definition);
      });
  if (!loaded)
    return loaded;
  sort_labels(kinds_);
  for (const auto& change : settings_.changes)
    if (!ids.contains(change.schedule_id))
      return {ec::invalid_argument, fmt::format("changes: there is no schedule {}", quote(change.schedule_id))};
  for (const auto& [name, length] : settings_.assumed_for)
    if (!ids.contains(name) && std::ranges::find(demand_.tasks, name) == demand_.tasks.end())
      return {ec::invalid_argument, fmt::format("assumed_for: there is no schedule and no task {}", quote(name))};
  return {};
}

static value light_arguments(const std::string& task) {
  if (task == command_task)
    return to_value(command_spec{.argv = {"true"}});
  return task == http_task ? to_value(http_spec{.url = "http://localhost/"}) : value{};
}

// Nothing is decided by what jobs are given along, and copying it from record to record takes most of the time. The trigger stays
// as it is, and with it the incarnation and where the schedule stands.
result<void> simulation::lighten_schedules() {
  if (auto begun = store_.begin(clock_at(settings_.from)); !begun)
    return begun;
  for (auto light : schedules_) {
    light.metadata.clear();
    light.arguments = light_arguments(light.task);
    // One that a store of an older version has, and that would be refused now, stays as it is.
    (void)store_.add_schedule(light, conflict_policy::replace);
  }
  const auto committed = store_.commit();
  return committed ? result<void>{} : committed.err();
}

result<void> simulation::load_zone(const schedule_definition& what) {
  const auto* named = find_zone_name(what.trigger);
  auto found = zone::find(named == nullptr || named->empty() ? settings_.local_zone : *named);
  if (!found)
    return found.err().within(fmt::format("schedule {}", quote(what.id)));
  zones_.emplace(what.id, *std::move(found));
  return {};
}

// What a copied store had under way goes on.
result<void> simulation::load_jobs() {
  std::vector<job> found;
  for (const auto state : {job_state::pending, job_state::running}) {
    job_filter filter;
    filter.state = state;
    auto loaded = for_each_page([&](const page_request& request) { return store_.list_jobs(filter, request); },
                                [&](job what) -> result<void> {
                                  found.push_back(std::move(what));
                                  return {};
                                });
    if (!loaded)
      return loaded;
  }
  std::ranges::sort(found, [](const job& a, const job& b) {
    return a.created_at != b.created_at ? a.created_at < b.created_at : a.id < b.id;
  });
  for (const auto& what : found) {
    simulated_decision told;
    told.decided_at = what.created_at;
    told.schedule_id = what.schedule_id;
    told.task = what.task;
    told.first = told.last = what.scheduled_fire_time.value_or(what.not_before);
    told.count = 1;
    told.utc_offset = offset_at(told.schedule_id, told.first);
    told.job = what.id;
    told.not_before = what.not_before;
    told.attempts = what.attempt;
    if (what.attempt > 0)
      told.started_at = what.started_at;
    decisions_.add(std::move(told));
    if (what.state == job_state::running)
      begin_attempt(what, std::min(what.started_at.value_or(settings_.from), settings_.from));
    else
      ++waiting_;
    if (!what.runner.empty() && std::ranges::find(demand_.runners, what.runner) == demand_.runners.end())
      demand_.runners.push_back(what.runner);
  }
  return {};
}

// ---- one instant after the other

result<simulation_report> simulation::run() {
  if (auto prepared = prepare(); !prepared)
    return prepared.err();
  auto now = settings_.from;
  bool goes_on = true;
  for (; goes_on && now < settings_.to; now = next(now)) {
    if (auto done = act(now); !done)
      return done.err();
    goes_on = decisions_.flush(false);
    if (!goes_on)
      break;
  }
  if (goes_on)
    goes_on = decisions_.flush(true);
  return simulation_report{decisions_.told(), std::min(now, settings_.to), !goes_on, std::move(schedules_)};
}

result<void> simulation::act(timestamp now) {
  if (auto begun = store_.begin(clock_at(now)); !begun)
    return begun;
  for (const auto step : {&simulation::make_changes, &simulation::end_attempts, &simulation::renew, &simulation::plan,
                          &simulation::hand_out})
    if (auto done = (this->*step)(now); !done)
      return done;
  const auto committed = store_.commit();
  if (!committed)
    return committed.err();
  has_more_ = !committed->cancellations.empty();
  for (const auto& what : committed->events)
    note(what);
  for (const auto& what : committed->cancellations)
    to_cancel_.push_back(what.attempt.job);
  return {};
}

timestamp simulation::next(timestamp now) const {
  if (has_more_)
    return now;
  auto soonest = settings_.to;
  const auto consider = [&](timestamp when) { soonest = std::min(soonest, when); };
  if (const auto due = store_.next_due()) {
    const auto off_until = no_scheduler_until(now + *due);
    consider(off_until.value_or(now + *due));
  }
  if (const auto deadline = store_.next_deadline())
    consider(now + *deadline);
  if (!endings_.empty())
    consider(endings_.top().at);
  if (!running_.empty())
    consider(renew_at_);
  if (changes_made_ < settings_.changes.size())
    consider(settings_.changes[changes_made_].at);
  // The store's answers may be too early: all that could be done now has been.
  return std::max(soonest, now + duration{1});
}

std::optional<timestamp> simulation::no_scheduler_until(timestamp now) const {
  std::optional<timestamp> until;
  for (const auto& span : settings_.no_scheduler) // some may touch
    if (const auto at = until.value_or(now); span.from <= at && at < span.to)
      until = span.to;
  return until;
}

result<void> simulation::make_changes(timestamp now) {
  for (; changes_made_ < settings_.changes.size() && settings_.changes[changes_made_].at <= now; ++changes_made_) {
    const auto& change = settings_.changes[changes_made_];
    const auto made = change.what == simulated_change::action::pause
                          ? store_.pause_schedule(change.schedule_id)
                          : store_.resume_schedule(change.schedule_id, std::nullopt);
    if (!made && made.err().code() != ec::not_found) // it has finished
      return made.err();
  }
  return {};
}

result<void> simulation::end_attempts(timestamp now) {
  for (const auto& id : std::exchange(to_cancel_, {}))
    if (const auto found = running_.find(id); found != running_.end()) {
      found->second.outcome = job_outcome::cancelled;
      if (auto done = finish(id, now); !done)
        return done;
    }
  while (!endings_.empty() && endings_.top().at <= now) {
    const auto ended = endings_.top();
    endings_.pop();
    if (const auto found = running_.find(ended.id); found != running_.end() && found->second.end == ended.at)
      if (auto done = finish(ended.id, now); !done)
        return done;
  }
  return {};
}

result<void> simulation::finish(const job_id& id, timestamp now) {
  const auto found = running_.find(id);
  finished_attempt told;
  told.attempt = {id, found->second.token};
  told.outcome = found->second.outcome;
  told.ran_for = now - found->second.started_at;
  if (told.outcome == job_outcome::timed_out)
    told.error_text = "its assumed duration is longer than its time limit";
  running_.erase(found);
  return store_.finish_attempt(told);
}

result<void> simulation::plan(timestamp now) {
  if (no_scheduler_until(now))
    return {};
  std::optional<duration> ring_in;
  do {
    const auto due = store_.claim_due_schedules(bounds_.batch_items, kinds_);
    if (!due)
      return due.err();
    for (const auto& one : due->schedules) {
      const auto plan = planner_.plan(one, due->now);
      if (auto committed = store_.commit_fire_plan(plan); !committed)
        return committed;
      note_plan(plan, now);
    }
    ring_in = due->ring_in;
  } while (ring_in && *ring_in <= duration{0});
  return {};
}

result<void> simulation::hand_out(timestamp now) {
  if (auto done = store_.expire_leases(); !done)
    return done;
  while (waiting_ > 0 && (settings_.slots == 0 || running_.size() < settings_.slots)) {
    demand_.free_slots =
        static_cast<std::uint32_t>(settings_.slots == 0 ? bounds_.batch_items : settings_.slots - running_.size());
    const auto given = store_.hand_out_jobs(demand_, bounds_.batch_items);
    if (!given)
      return given.err();
    if (given->empty())
      return {};
    for (const auto& one : *given) {
      const auto& what = *one.what;
      --waiting_;
      demand_.last_hand_out = std::max(demand_.last_hand_out, what.held_by->token);
      begin_attempt(what, now);
      decisions_.start(what.id, now);
      if (running_.at(what.id).end > now)
        continue;
      // At once: what it holds back may run in this very batch.
      if (auto done = finish(what.id, now); !done)
        return done;
    }
  }
  return {};
}

void simulation::begin_attempt(const job& what, timestamp started_at) {
  attempt begun{what.held_by->token, {what.held_by->executor, what.held_by->process}, started_at, {}, {}};
  const auto assumed = assumed_of(what);
  const bool is_cut = what.time_limit && *what.time_limit < assumed;
  begun.outcome = is_cut ? job_outcome::timed_out : job_outcome::success;
  begun.end = started_at + (is_cut ? *what.time_limit : assumed);
  if (begun.end > started_at || begun.holder != demand_.holder)
    endings_.push({begun.end, what.id});
  running_.insert_or_assign(what.id, std::move(begun));
}

result<void> simulation::renew(timestamp now) {
  if (now < renew_at_)
    return {};
  renew_at_ = now + lease / 2;
  std::map<std::pair<std::string, std::uint64_t>, std::vector<attempt_id>>
      held; // a copied store may have several holders
  for (const auto& [id, running] : running_)
    held[{running.holder.executor, running.holder.process}].push_back({id, running.token});
  for (const auto& [holder, attempts] : held)
    if (auto renewed = store_.renew_leases({holder.first, holder.second}, attempts, demand_.last_hand_out); !renewed)
      return renewed.err();
  return {};
}

duration simulation::assumed_of(const job& what) const {
  if (settings_.assumed_for.empty())
    return settings_.assumed;
  auto found = settings_.assumed_for.find(what.schedule_id);
  if (what.schedule_id.empty() || found == settings_.assumed_for.end())
    found = settings_.assumed_for.find(what.task);
  return found == settings_.assumed_for.end() ? settings_.assumed : found->second;
}

std::chrono::seconds simulation::offset_at(const std::string& schedule_id, timestamp when) const {
  const auto found = zones_.find(schedule_id);
  if (found == zones_.end())
    return {};
  const auto second = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
  return std::chrono::seconds{found->second->segment_at(second).offset};
}

// ---- what is told

void simulation::note_plan(const fire_plan& plan, timestamp now) {
  simulated_decision told;
  told.decided_at = now;
  told.schedule_id = plan.schedule_id;
  const auto add = [&](simulated_decision::kind what, timestamp first, timestamp last) -> simulated_decision {
    auto made = told;
    made.what = what;
    made.first = first;
    made.last = last;
    made.utc_offset = offset_at(plan.schedule_id, first);
    return made;
  };
  // Both are in the order of their fire times, and so are they told.
  auto skipped = plan.skips.begin();
  const auto add_skips_before = [&](std::optional<timestamp> when) {
    for (; skipped != plan.skips.end() && (!when || skipped->first < *when); ++skipped) {
      auto made = add(simulated_decision::kind::skip, skipped->first, skipped->last);
      made.count = skipped->count;
      made.reason = skipped->reason;
      decisions_.add(std::move(made));
    }
  };
  for (const auto& planned : plan.jobs) {
    add_skips_before(planned.scheduled_fire_time);
    auto made = add(simulated_decision::kind::job, *planned.scheduled_fire_time, *planned.scheduled_fire_time);
    made.task = planned.task;
    made.count = 1;
    made.job = planned.id;
    made.not_before = planned.not_before;
    decisions_.add(std::move(made));
    ++waiting_;
  }
  add_skips_before(std::nullopt);
}

void simulation::note(const event& what) {
  switch (what.type) {
    case event_type::job_finished:
      if (what.attempt == 0) // it never ran
        --waiting_;
      decisions_.end(*what.job, what.at, what.outcome, what.text);
      break;
    case event_type::job_retry_scheduled:
    case event_type::job_released:
      ++waiting_;
      has_more_ = true; // it may begin at once
      break;
    case event_type::schedule_finished:
    case event_type::schedule_paused:
      if (what.type == event_type::schedule_finished || !what.text.empty()) { // the others were asked for
        simulated_decision told;
        told.what = what.type == event_type::schedule_finished ? simulated_decision::kind::schedule_finished
                                                               : simulated_decision::kind::schedule_paused;
        told.decided_at = told.first = told.last = what.at;
        told.schedule_id = what.schedule_id;
        told.utc_offset = offset_at(what.schedule_id, what.at);
        told.text = what.text;
        decisions_.add(std::move(told));
      }
      break;
    default: break;
  }
}

} // namespace carillon::engine
