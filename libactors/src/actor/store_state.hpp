#pragma once

#include "carillon/base/log.hpp"

#include "actor/errors.hpp"
#include "actor/identity.hpp"
#include "actor/one_timer.hpp"
#include "actor/spawn.hpp"
#include "actor/store_transitions.hpp"
#include "base/duration_limit.hpp"
#include "engine/add_turns.hpp"
#include "engine/store_core.hpp"

#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <set>

namespace carillon::actor {

using store_implementation = store_actor::extend<caf::reacts_to<flush_batch>, caf::reacts_to<timer_rang>>;

/// For the last moment before a fire time a store with a thread of its own goes round its mailbox: it takes so long to wake two threads
/// on a processor that sleeps (measured: `carillon bench wakeup`). In virtual time that would be for ever.
constexpr duration wake_early = std::chrono::microseconds{300};

/// Carries out what engine::store_core decides.
class store_state {
public:
  using self_pointer = store_implementation::stateful_pointer<store_state>;

  store_state() = default;
  store_state(const store_state&) = delete;
  store_state& operator=(const store_state&) = delete;
  ~store_state() { // a promise that is dropped would leave its caller waiting
    const error gone{ec::unavailable, "the store is stopping"};
    for (const auto& tell : waiting_)
      tell(gone);
    for (auto& next : adds_)
      next.promise.deliver(to_caf(gone));
    for (const auto& [ticket, promise] : parked_)
      caf::typed_response_promise<job>{promise}.deliver(to_caf(gone));
  }

  void start(self_pointer self, std::shared_ptr<data_store> store, const clock& time, event_broker_actor broker,
             const store_settings& settings) {
    self_ = self;
    time_ = &time;
    broker_ = std::move(broker);
    bounds_ = settings.bounds;
    core_ = std::make_unique<engine::store_core>(
        std::move(store), bounds_, settings.thread == threading::own ? wake_early : duration{0}, settings.level);
    (void)core_->transact(time_->now(), [](data_store&) { return result<void>{}; }); // opens: what waits is found
    flush_later();
  }

  /// Runs a transition of so many items; its answer is `Reply`, made by `to_reply` of what it gave, once the batch is committed. What
  /// was asked for before it goes before it.
  template <class Reply, class Transition, class ToReply>
  caf::result<Reply> transact(Transition transition, ToReply to_reply, std::size_t items = 1) {
    take_adds(true);
    auto promise = self_->make_response_promise<Reply>();
    join(promise, std::move(transition), std::move(to_reply));
    batch_items_ += items;
    flush_later();
    return promise;
  }
  template <class Reply, class Transition>
  caf::result<Reply> transact(Transition transition, std::size_t items = 1) {
    return transact<Reply>(
        std::move(transition), [](result<Reply>& answer) { return *std::move(answer); }, items);
  }
  template <class Transition>
  caf::result<done> transact_done(Transition transition, std::size_t items = 1) {
    return transact<done>(
        std::move(transition), [](const result<void>&) { return done{}; }, items);
  }

  /// Beside the ends of jobs (`record`) these wait for their turn (engine::add_turns).
  caf::result<jobs_added> add(add_jobs& request) {
    if (request.jobs.size() > bounds_.batch_items)
      return to_caf({ec::limit_exceeded,
                     fmt::format("{} jobs at once: the limit is {}", request.jobs.size(), bounds_.batch_items)});
    auto promise = self_->make_response_promise<jobs_added>();
    adds_.push_back({promise, std::move(request), time_->now().boot});
    take_adds();
    if (!adds_.empty())
      arm();
    return promise;
  }

  /// Overtakes what waits to be added.
  caf::result<done> record(report_attempts& reports, const caf::strong_actor_ptr& sender) {
    on_demand(reports.level, sender);
    turns_.on_ends(reports.finished.size(), time_->now().boot);
    auto promise = self_->make_response_promise<done>();
    join(
        promise,
        [&](data_store& s) {
          record_reports(s, reports);
          return result<void>{};
        },
        [](const result<void>&) { return done{}; });
    take_adds(); // their share of these ends, however many of a batch they are
    if (core_->has_open_batch())
      batch_items_ += reports.finished.size();
    flush_later();
    return promise;
  }

  caf::result<job> park(const wait_for_job& request) {
    if (auto checked = check_duration("limit", request.limit); !checked)
      return to_caf(checked.err());
    take_adds(true);
    auto promise = self_->make_response_promise<job>();
    parked_.emplace(++last_ticket_, promise);
    core_->park(last_ticket_, request.id, request.limit, time_->now());
    if (!core_->has_open_batch())
      answer_parked();
    arm();
    return promise;
  }

  caf::result<job_explanation> explain(const job_id& id) const {
    return answer(core_->explain_job(id, time_->now().wall));
  }

  caf::result<node_list> nodes() {
    return transact<node_list>([this](data_store&) { return result<node_list>{node_list{core_->nodes()}}; });
  }

  // What it runs is its executor's to stop, once it is sure to get nothing new.
  caf::result<done> drain(const drain_node& request) {
    return transact<done>([&](data_store& s) { return s.drain_node(request.name, request.is_on); },
                          [this, request](const result<void>&) {
                            const auto known = workers_.find(request.name);
                            if (request.is_on && request.hand_back && known != workers_.end())
                              self_->send(known->second.who, hand_back_jobs{});
                            return done{};
                          });
  }

  /// Over a lossy network its hello may have got lost: whoever speaks for an executor that isn't known is it.
  void note_worker(const lease_holder& holder, const caf::strong_actor_ptr& sender) {
    if (!sender || workers_.contains(holder.executor))
      return;
    self_->monitor(sender);
    workers_[holder.executor] = {holder, caf::actor_cast<worker_facet>(sender)};
  }

  void on_demand(const demand& level, const caf::strong_actor_ptr& sender) {
    note_worker(level.holder, sender);
    core_->on_demand(level);
    flush_later();
  }

  // Whose connection has ended meanwhile is null in what it had sent.
  void on_hello(const hello_executor& hello) {
    if (!hello.who)
      return;
    // A new one: nothing is on its way to it, and what it doesn't hold it won't get. A known one says it late, or twice.
    const auto known = workers_.find(hello.holder.executor);
    const bool is_other = known == workers_.end() || !is_same(known->second.who, hello.who);
    const bool is_new = is_other || known->second.holder.process != hello.holder.process;
    if (is_other)
      self_->monitor(hello.who);
    workers_[hello.holder.executor] = {hello.holder, hello.who};
    (void)core_->transact(time_->now(), [&](data_store& store) {
      return store.renew_leases(hello.holder, hello.held, is_new ? std::numeric_limits<revision>::max() : 0);
    });
    flush_later();
  }

  void on_hello(const hello_scheduler& hello) {
    if (!hello.who || std::ranges::any_of(alarms_, [&](const alarm& known) { return is_same(known.who, hello.who); }))
      return;
    self_->monitor(hello.who);
    alarms_.push_back({hello.who, std::nullopt});
    tell_schedulers();
  }

  void on_down(const caf::down_msg& down) {
    if (const auto lost =
            std::ranges::find_if(alarms_, [&](const alarm& known) { return is_same(known.who, down.source); });
        lost != alarms_.end()) {
      (void)core_->transact(time_->now(), [&](data_store& store) { return store.release_claims(lost->claimed); });
      alarms_.erase(lost);
      flush_later();
    }
    const auto gone =
        std::ranges::find_if(workers_, [&](const auto& entry) { return is_same(entry.second.who, down.source); });
    if (gone == workers_.end())
      return;
    core_->on_executor_gone(gone->first);
    // Its jobs go on elsewhere at once, not only when their leases end.
    (void)core_->transact(time_->now(), [&](data_store& store) {
      return store.renew_leases(gone->second.holder, {}, std::numeric_limits<revision>::max());
    });
    workers_.erase(gone);
    flush_later();
  }

  /// A claim's answer tells its scheduler when to ask again.
  caf::result<due_schedules> claim(const claim_due_schedules& request, const caf::strong_actor_ptr& sender) {
    take_adds(true); // now: what that may commit tells schedulers, which this one doesn't hear while it asks
    const auto known = std::ranges::find_if(alarms_, [&](const alarm& one) { return is_same(one.who, sender); });
    if (known != alarms_.end())
      known->told.reset();
    return transact<due_schedules>([&](data_store& s) {
      auto due = s.claim_due_schedules(request.limit, request.kinds);
      if (due && known != alarms_.end()) {
        known->kinds = request.kinds;
        known->claimed.clear();
        for (const auto& one : due->schedules)
          known->claimed.push_back(one.what.state.incarnation);
      }
      return due;
    });
  }

  void hold(hold_fire_plans& request) {
    core_->hold(std::move(request.plans));
    arm();
  }

  void on_flush() {
    catch_up();
    take_adds();
    flush_sent_ = false;
    flush();
  }

  void flush() {
    if (commit())
      catch_up();
    arm();
  }

  // What is due goes before what waits, here or in the mailbox, such as the ends of what has just begun.
  void catch_up() {
    while (core_->is_plan_due(time_->now().wall) && commit())
      continue;
  }

  bool commit() {
    batch_items_ = 0;
    const auto give = [this](engine::hand_out handed) {
      if (const auto to = workers_.find(handed.to.executor); to != workers_.end())
        self_->send(to->second.who, hand_out_jobs{std::move(handed.jobs)});
    };
    auto effects = core_->commit(time_->now(), give);
    note_health(effects.committed);
    for (const auto& why : effects.refused_plans)
      log(log_level::error, fmt::format("the store has refused a fire plan: {}", why.text()));
    for (auto& tell : std::exchange(waiting_, {}))
      tell(effects.committed);
    for (auto& handed : effects.hand_outs)
      give(std::move(handed));
    for (const auto& ended : effects.cancellations)
      if (const auto to = workers_.find(ended.holder.executor); to != workers_.end())
        self_->send(to->second.who, stop_attempts{{ended.attempt}});
    if (std::ranges::find(effects.events, event_type::clock_stepped, &event::type) != effects.events.end())
      forget_what_was_told();
    if (!effects.events.empty())
      self_->send(broker_, publish_events{std::move(effects.events)});
    turns_.on_committed(core_->room(), time_->now().boot);
    answer_parked();
    tell_schedulers();
    return effects.committed.has_value();
  }

  // The batch finds out what has changed: it begins with a look at the clock.
  void on_clock_changed() {
    forget_what_was_told();
    (void)core_->transact(time_->now(), [](data_store&) { return result<void>{}; });
    flush_later();
  }

  void on_timer(const timer_rang& ring) {
    if (!timer_.rang(ring))
      return;
    catch_up();
    take_adds();
    if (!flush_sent_) // else that comes, with what joins the batch until then
      flush();
  }

private:
  // The answer counts once the batch is committed.
  template <class Reply, class Transition, class ToReply>
  void join(caf::typed_response_promise<Reply> promise, Transition transition, ToReply to_reply) {
    auto answer = core_->transact(time_->now(), std::move(transition));
    if (!answer && !core_->has_open_batch()) {
      promise.deliver(to_caf(answer.err()));
      return;
    }
    waiting_.push_back([promise, to_reply, answer = std::move(answer)](const result<void>& committed) mutable {
      if (!committed)
        promise.deliver(to_caf(committed.err()));
      else if (!answer)
        promise.deliver(to_caf(answer.err()));
      else
        promise.deliver(to_reply(answer));
    });
  }

  // Those whose turn it is, until a batch is full: then ends may have come meanwhile.
  void take_adds(bool all = false) {
    const auto is_turn = [&] { return all || turns_.may_add(adds_.front().asked, time_->now().boot); };
    for (bool goes_on = true; goes_on && !adds_.empty() && is_turn();) {
      auto next = std::move(adds_.front());
      adds_.pop_front();
      turns_.on_added(next.what.jobs.size());
      join(
          next.promise, [&](data_store& s) { return result<jobs_added>{add_all(s, next.what)}; },
          [](result<jobs_added>& answer) { return *std::move(answer); });
      flush_later();
      goes_on = all || core_->has_open_batch();
    }
  }

  // Once when it begins to fail and once when it works again, however often it is asked.
  void note_health(const result<void>& committed) {
    if (!committed && !failing_)
      log(log_level::error, fmt::format("the store can't commit: {}", committed.err().text()));
    else if (committed && failing_)
      log(log_level::info, "the store commits again");
    failing_ = !committed;
  }

  // What is waiting in the mailbox joins the batch: the flush queues behind it.
  void flush_later() {
    if (std::max(batch_items_, turns_.added()) >= bounds_.batch_items)
      return flush();
    if (!std::exchange(flush_sent_, true))
      self_->send(self_, flush_batch{});
  }

  void answer_parked() {
    for (auto& answer : core_->take_answers(time_->now())) {
      const auto found = parked_.find(answer.ticket);
      if (answer.answer)
        found->second.deliver(*std::move(answer.answer));
      else
        found->second.deliver(to_caf(answer.answer.err()));
      parked_.erase(found);
    }
  }

  // What is due when was told as lengths of time by a clock that has been set since.
  void forget_what_was_told() {
    for (auto& known : alarms_)
      known.told.reset();
  }

  void tell_schedulers() {
    const auto next = core_->next_due();
    const auto aside = core_->store().unplannable_kinds();
    warn_of(aside);
    for (auto& known : alarms_) {
      const bool is_wanted =
          std::ranges::any_of(aside, [&](const auto& needed) { return std::ranges::includes(known.kinds, needed); });
      const auto due = is_wanted ? std::optional{time_->now().wall} : next;
      if (!due || (known.told && *known.told <= *due))
        continue;
      known.told = due;
      self_->send(known.who, ring_in{std::max(*due - time_->now().wall, duration{0})});
    }
  }

  // What is due and no scheduler can plan: nobody else says why it doesn't fire.
  void warn_of(const std::vector<std::vector<std::string>>& aside) {
    for (const auto& needed : aside) {
      const bool is_known =
          std::ranges::any_of(alarms_, [&](const alarm& one) { return std::ranges::includes(one.kinds, needed); });
      if (!is_known && warned_of_.insert(needed).second)
        log(log_level::warning,
            fmt::format("schedules are due, and wait for a scheduler that knows their kinds of trigger: {}",
                        fmt::join(needed, ", ")));
    }
  }

  void arm() {
    const auto now = time_->now();
    auto deadline = core_->next_deadline(now);
    if (!adds_.empty()) {
      const auto until = turns_.may_add(adds_.front().asked, now.boot) ? duration{0} : turns_.rest(now.boot);
      deadline = std::min(deadline.value_or(until), until);
    }
    if (deadline && *deadline <= duration{0})
      flush_later(); // not by way of the timer's thread
    else
      timer_.arm(self_, now.boot, deadline);
  }

  struct waiting_add {
    caf::typed_response_promise<jobs_added> promise;
    add_jobs what;
    duration asked; // boot clock
  };

  struct alarm {
    alarm_facet who;
    std::optional<timestamp> told;    // when it will ask by itself
    std::vector<revision> claimed{};  // by its last round: incarnations
    std::vector<std::string> kinds{}; // of custom triggers that it knows
  };
  struct worker {
    lease_holder holder;
    worker_facet who;
  };

  self_pointer self_ = nullptr;
  const clock* time_ = nullptr;
  event_broker_actor broker_;
  limits bounds_;
  std::unique_ptr<engine::store_core> core_;
  std::vector<std::function<void(const result<void>&)>> waiting_; // for the commit
  std::deque<waiting_add> adds_;                                  // for their turn
  engine::add_turns turns_;
  std::map<std::uint64_t, caf::typed_response_promise<job>> parked_;
  std::uint64_t last_ticket_ = 0;
  std::map<std::string, worker> workers_; // by executor
  std::vector<alarm> alarms_;
  std::set<std::vector<std::string>> warned_of_; // sets of kinds that nobody knew
  one_timer timer_;
  std::size_t batch_items_ = 0; // of the open batch, without those of `adds_`
  bool flush_sent_ = false;     // one is on its way at most: a batch may be committed before it comes
  bool failing_ = false;
};

} // namespace carillon::actor
