#include "testing/sim/cluster_run.hpp"

#include <caf/event_based_actor.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace carillon::testing::sim {

using namespace std::chrono_literals;

/// The runner of one process of one node: what an attempt does, and when it ends, its script says.
class simulated_runner final : public runner, public std::enable_shared_from_this<simulated_runner> {
public:
  simulated_runner(cluster_run& run, std::string node) : run_(&run), node_(std::move(node)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "simulated"; }

  void start(std::shared_ptr<const job> what, const task_function* /*code*/, on_end done) override {
    if (run_ == nullptr)
      return;
    run_->checker_.on_started(node_, *what);
    auto script = script_of(*what, run_->settings_.seed);
    if (run_->is_ending_)
      script.length = std::min(script.length, duration{1s});
    const auto key = std::pair{what->id, what->held_by->token};
    running_[key] = {what, std::move(done)};
    run_->at(script.length, [self = weak_from_this(), key, script] {
      if (const auto alive = self.lock())
        alive->end(key, script.outcome);
    });
  }

  void stop(const job_id& id, stop_reason why) override {
    if (run_ == nullptr)
      return;
    run_->checker_.on_told_to_stop(node_, id);
    for (const auto& [key, one] : running_)
      if (key.first == id)
        run_->at(script_of(*one.what, run_->settings_.seed).to_stop, [self = weak_from_this(), at = key, why] {
          if (const auto alive = self.lock())
            alive->end(at, why == stop_reason::timed_out ? job_outcome::timed_out : job_outcome::cancelled);
        });
  }

  /// Its process is gone.
  void vanish() {
    run_ = nullptr;
    running_.clear();
  }

private:
  using key_type = std::pair<job_id, revision>;
  struct attempt {
    std::shared_ptr<const job> what;
    on_end done;
  };

  void end(const key_type& key, job_outcome outcome) {
    const auto found = running_.find(key);
    if (found == running_.end())
      return;
    const auto one = std::move(found->second);
    running_.erase(found);
    run_->checker_.on_ended(node_, *one.what, outcome);
    one.done(outcome == job_outcome::success ? attempt_result::success(value{static_cast<std::int64_t>(key.second)})
                                             : attempt_result::failed(outcome, "as its script says"));
  }

  cluster_run* run_;
  std::string node_;
  std::map<key_type, attempt> running_;
};

cluster_run::cluster_run(const simulation_settings& settings, std::vector<action> plan)
  : settings_(settings), plan_(std::move(plan)), world_(settings.seed), torn_(settings.seed) {
  world_.keep_messages(keep::types);
  world_.record_trace(static_cast<bool>(settings_.trace));
  // Somewhere in the year, so that the zones' clock changes are met.
  draws draw{settings.seed};
  world_.step_wall_clock(draw.chance(30) ? duration{33 * 24h} : draw.between(0s, 300 * 24h, 1h));
  if (settings_.faults == fault_profile::none)
    checker_.expect_punctual();
  members_.resize(std::max<std::size_t>(settings_.nodes, 1));
  world_.inspect(message<due_schedules>(), [this](const message_in_flight& message) {
    checker_.on_claimed(message.content->get_as<due_schedules>(0));
  });
  world_.inspect(message<publish_events>(), [this](const message_in_flight& message) {
    if (const auto* store = state())
      checker_.on_events(message.content->get_as<publish_events>(0).events, *store);
  });
}

cluster_run::~cluster_run() {
  for (auto& one : members_)
    if (one.runner)
      one.runner->vanish();
}

const data_store* cluster_run::state() const {
  return members_[0].node == nullptr ? nullptr : &members_[0].node->state();
}

timestamp cluster_run::now() const {
  const auto& clock = members_[0].node == nullptr ? world_.time() : members_[0].node->time();
  return clock.now().wall;
}

void cluster_run::at(duration in, std::function<void()> what) { agenda_.emplace(boot() + in, std::move(what)); }

// ---- nodes

void cluster_run::start(std::size_t number) {
  auto& one = members_[number];
  if (one.node != nullptr)
    return;
  world_node_config config;
  config.name = node_name(number);
  config.slots = 4;
  config.store.plan_ahead = settings_.seed % 4 == 0 ? 0ms : 100ms;
  config.tasks.clear();
  for (std::size_t n = 0; n < task_count; ++n)
    config.offers.push_back(make_task(n, 0).id);
  if (number != 0)
    config.joins = node_name(0);
  if (number % 2 == 0)
    config.labels = {"gpu"};
  one.runner = std::make_shared<simulated_runner>(*this, config.name);
  config.runners = {one.runner};
  if (number == 0 && settings_.rocksdb)
    config.open_store = [this](const store_config& store) { return open_rocksdb_store(files_, store, torn_); };
  config.on_start = [this, &one, number](world_node& node) {
    one.node = &node;
    if (number == 0 && one.starts > 1)
      checker_.on_opened(node.state());
  };
  try {
    if (one.starts++ == 0)
      (void)world_.add_node(config);
    else
      (void)world_.restart(config);
  } catch (const std::exception&) { // its disk fails: it is tried again
    one.runner->vanish();
    at(1s, [this, number] { start(number); });
  }
}

void cluster_run::kill(std::size_t number, bool power_cut) {
  auto& one = members_[number];
  if (one.node == nullptr)
    return;
  one.runner->vanish();
  checker_.on_node_gone(node_name(number));
  const bool has_files = number == 0 && settings_.rocksdb;
  if (has_files)
    files_->kill(); // a store that is closed would write
  world_.crash(*std::exchange(one.node, nullptr), power_cut);
  if (has_files && power_cut)
    files_->lose_unsynced(torn_);
}

void cluster_run::stop(std::size_t number) {
  if (members_[number].node == nullptr)
    return;
  // In order, if it comes to that: it may be cut off, or its disk may fail.
  auto& node = *members_[number].node;
  for (const auto& part : {caf::actor_cast<caf::actor>(node.scheduler), caf::actor_cast<caf::actor>(node.executor)})
    if (part)
      world_.system().spawn([part](caf::event_based_actor* self) {
        self->request(part, 30s, drain_work{2s}).then([](done) {}, [](const caf::error&) {});
      });
  at(10s, [this, number, starts = members_[number].starts] {
    if (members_[number].starts == starts)
      kill(number, false);
  });
}

// ---- time

void cluster_run::pass(duration length) {
  const auto end = boot() + length;
  while (!has_failed()) {
    const auto next = [&] { return agenda_.empty() ? end : std::min(agenda_.begin()->first, end); };
    const auto until = next();
    if (until > boot()) // what happens may put something on the agenda that comes before that
      world_.run_until([&] { return is_stuck() || has_failed() || next() < until; }, until - boot());
    else
      world_.settle();
    if (settings_.trace) {
      for (const auto& line : world_.trace())
        settings_.trace(line);
      world_.record_trace(true);
    }
    if (agenda_.empty() || agenda_.begin()->first > boot()) {
      if (boot() >= end)
        return;
      continue;
    }
    const auto what = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    what();
  }
}

bool cluster_run::is_stuck() {
  constexpr std::uint64_t too_many = 1'000'000;
  if (boot() != instant_) {
    instant_ = boot();
    delivered_then_ = world_.delivered();
  }
  if (world_.delivered() - delivered_then_ < too_many)
    return false;
  checker_.violation("liveness: time stands still, as something goes on and on");
  return true;
}

// ---- the workload

template <class Reply, class Message>
void cluster_run::tell(Message message, std::function<void(const Reply&)> then) {
  if (members_[0].node == nullptr)
    return;
  world_.system().spawn([to = members_[0].node->store, message = std::move(message),
                         then = std::move(then)](caf::event_based_actor* self) mutable {
    self->request(to, 30s, std::move(message))
        .then(
            [then](const Reply& reply) {
              if (then)
                then(reply);
            },
            [](const caf::error&) {}); // refused, or nobody knows: both may be
  });
}

void cluster_run::work(const action& what) {
  const auto name = schedule_name(what.subject);
  const auto id = direct_job_id(what.subject);
  const auto acknowledge = [this](const job& added) { checker_.on_acknowledged(added.id); };
  switch (what.what) {
    case kind::add_schedule:
      definitions_[name] = make_definition(what.subject, what.draw, now(), settings_.shortest_period);
      return tell<schedule>(add_schedule{definitions_[name], conflict_policy::replace});
    case kind::replace_schedule:
    case kind::change_trigger: {
      const auto known = definitions_.find(name);
      if (known == definitions_.end())
        return;
      auto changed = make_definition(what.subject, what.draw, now(), settings_.shortest_period);
      if (what.what == kind::replace_schedule)
        changed.trigger = known->second.trigger;
      known->second = changed;
      return tell<schedule>(add_schedule{changed, conflict_policy::replace});
    }
    case kind::pause_schedule: return tell<schedule>(pause_schedule{name});
    case kind::resume_schedule: {
      draws draw{what.draw};
      const bool catches_up = draw.chance(40);
      return tell<schedule>(resume_schedule{name, catches_up, now() - draw.between(0s, 10min, 1s)});
    }
    case kind::remove_schedule: return tell<done>(remove_schedule{name});
    case kind::run_schedule:
      return tell<job>(run_schedule{name, direct_job_id(2'000'000 + what.draw % 1'000'000)}, acknowledge);
    case kind::backfill_schedule: {
      draws draw{what.draw};
      backfill asked;
      asked.id = direct_job_id(3'000'000 + what.draw % 1'000'000);
      asked.schedule_id = name;
      asked.to = now() - draw.between(0s, 5min, 1s);
      asked.from = asked.to - draw.between(1s, 10min, 1s);
      asked.which = draw.of<backfill_selection>(
          {backfill_selection::missing, backfill_selection::failed, backfill_selection::all});
      asked.overlap = draw.chance(70) ? overlap_policy::allow : overlap_policy::queue_all;
      asked.max_running_jobs = static_cast<std::uint32_t>(draw.below(3) + 1);
      return tell<backfill_progress>(backfill_schedule{asked});
    }
    case kind::add_job: return tell<job>(add_job{make_direct_job(what.subject, what.draw, now())}, acknowledge);
    case kind::cancel_job: return tell<job>(cancel_job{id});
    case kind::rerun_job: return tell<job>(rerun_job{id, direct_job_id(1'000'000 + what.subject)}, acknowledge);
    case kind::drop_dead_letter: return tell<job>(drop_dead_letter{id});
    case kind::change_task: return tell<done>(put_task{make_task(what.subject, what.draw)});
    case kind::wait_for_job: return tell<job>(wait_for_job{id, 20s});
    default: CARILLON_ASSERT(false);
  }
}

// ---- the faults

void cluster_run::plant(const action& what) {
  ++faults_;
  const auto number = what.subject;
  const auto name = node_name(number);
  const auto other = node_name(what.other);
  auto* node = members_[number].node;
  draws draw{what.draw};
  const auto after = [&](std::function<void()> repair) { at(what.length, std::move(repair)); };
  switch (what.what) {
    case kind::kill_node:
    case kind::cut_power: kill(number, what.what == kind::cut_power); return after([=, this] { start(number); });
    case kind::stop_node: stop(number); return at(10s + what.length, [=, this] { start(number); });
    case kind::cut_link: world_.cut(name, other); return after([=, this] { world_.mend(name, other); });
    case kind::bad_link: {
      const auto hundredths = [&] {
        const auto factor = draw.below(3);
        return static_cast<std::uint32_t>(factor * draw.below(50));
      };
      world_.set_link(name, other,
                      {.delay = draw.between(0s, 500ms, 1ms),
                       .jitter = draw.between(0s, 200ms, 1ms),
                       .lost = hundredths(),
                       .doubled = hundredths(),
                       .overtaken = hundredths()});
      return after([=, this] { world_.set_link(name, other, {}); });
    }
    case kind::drain_node:
      tell<done>(drain_node{name, true, draw.chance(50)});
      return after([=, this] { tell<done>(drain_node{name, false, false}); });
    case kind::slow_node:
      world_.set_link(name, name, {.delay = draw.between(1ms, 100ms, 1ms)});
      return after([=, this] { world_.set_link(name, name, {}); });
    case kind::set_clocks: {
      const auto most = draw.between(-2h, 2h, 1s);
      const auto by = draw.chance(50) ? most / 60 : most;
      checker_.on_clocks_changed();
      return world_.step_wall_clock(by, draw.chance(50) ? notice::at_once : notice::none);
    }
    case kind::set_one_clock:
      if (node == nullptr)
        return;
      checker_.on_clocks_changed();
      return world_.step_wall_clock(*node, draw.between(-10min, 10min, 1s));
    case kind::drift:
      if (node == nullptr)
        return;
      checker_.on_clocks_changed();
      return world_.drift(*node, static_cast<std::int64_t>(draw.below(2'000)) - 1'000);
    case kind::suspend:
      checker_.on_clocks_changed();
      checker_.on_suspended();
      return world_.suspend(what.length * 10);
    case kind::fail_writes:
    case kind::fill_disk:
      if (node == nullptr)
        return;
      break_disk(draw, what.what == kind::fill_disk);
      return after([this] { repair_disk(); });
    default: CARILLON_ASSERT(false);
  }
}

void cluster_run::break_disk(draws& draw, bool is_full) {
  const auto after = 1 + draw.below(5);
  if (settings_.rocksdb && is_full)
    files_->limit_space(after * 500);
  else if (settings_.rocksdb)
    files_->fail_write(after, {ec::store_io, "the disk fails"});
  else
    members_[0].node->disk().fail_write(after, is_full ? error{ec::disk_full, "the disk is full"}
                                                       : error{ec::store_io, "the disk fails"});
}

void cluster_run::repair_disk() {
  files_->repair();
  if (members_[0].node != nullptr)
    members_[0].node->disk().repair();
}

void cluster_run::carry_out(const action& what) {
  if (is_fault(what.what))
    plant(what);
  else
    work(what);
}

// ---- the whole

void cluster_run::set_up() {
  for (std::size_t number = 0; number < members_.size(); ++number)
    start(number);
  begin_ = boot();
  for (std::size_t number = 0; number < task_count; ++number)
    tell<done>(put_task{make_task(number, settings_.seed)});
  pass(1s);
  for (const auto& what : plan_)
    at(what.at, [this, &what] { carry_out(what); });
}

void cluster_run::end_faults() {
  is_ending_ = true;
  for (std::size_t number = 0; number < members_.size(); ++number) {
    world_.set_link(node_name(number), node_name(0), {});
    world_.set_link(node_name(number), node_name(number), {});
    world_.mend(node_name(number), node_name(0));
  }
  repair_disk();
  pass(3min); // whoever was down is there again
  for (std::size_t number = 0; number < members_.size(); ++number)
    tell<done>(drain_node{node_name(number), false, false});
}

void cluster_run::become_quiet() {
  const auto* store = state();
  if (store == nullptr) {
    checker_.violation("liveness: the store's node isn't there");
    return;
  }
  checker_.check_schedules(*store, now() - 5s);
  for (const auto& [name, definition] : definitions_)
    tell<schedule>(pause_schedule{name});
  // What is left: attempts, their retries, leases that end, each in its turn.
  pass(30min);
  if (!has_failed()) {
    checker_.check_quiet(*state(), now());
    checker_.check_whole(*state());
  }
}

simulation_report cluster_run::run() {
  set_up();
  pass(settings_.length);
  if (!has_failed())
    end_faults();
  if (!has_failed())
    become_quiet();
  simulation_report report;
  report.violations = checker_.violations();
  if (has_failed())
    report.chart = world_.chart();
  for (const auto& one : plan_)
    report.actions.push_back({one.at, describe(one)});
  report.fingerprint = world_.fingerprint();
  report.messages = world_.delivered();
  report.commits = checker_.commits();
  report.fire_times = checker_.fire_times();
  report.jobs = checker_.jobs();
  report.attempts = checker_.attempts();
  report.faults = faults_;
  report.simulated = boot() - begin_;
  return report;
}

} // namespace carillon::testing::sim
