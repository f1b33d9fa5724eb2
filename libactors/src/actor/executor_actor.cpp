#include "actor/errors.hpp"
#include "actor/one_timer.hpp"
#include "actor/open_answers.hpp"
#include "actor/patience.hpp"
#include "actor/spawn.hpp"
#include "carillon/base/log.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "carillon/protocol/cluster_protocol.hpp"
#include "engine/ended_attempts.hpp"
#include "engine/executor_core.hpp"
#include "engine/report_desk.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

namespace carillon::actor {
namespace {

using executor_implementation = executor_actor::extend<caf::reacts_to<attempts_ended>, caf::reacts_to<flush_batch>,
                                                       caf::reacts_to<timer_rang>, caf::reacts_to<reports_waiting>>;

// What was told to end because the node stops, and ends by a completion, has this long to do so.
constexpr duration completion_grace = std::chrono::seconds{2};
// What jobs say is told so often at most.
constexpr duration tell_every = std::chrono::milliseconds{250};
constexpr duration last_words_limit = std::chrono::seconds{1};

/// Runs jobs: carries out what engine::executor_core says, and keeps the leases alive.
class executor_state {
public:
  using self_pointer = executor_implementation::stateful_pointer<executor_state>;

  executor_state() = default;
  executor_state(const executor_state&) = delete;
  executor_state& operator=(const executor_state&) = delete;
  ~executor_state() {
    if (desk_)
      desk_->shut();
  }

  void start(self_pointer self, execution_facet store, const clock& time, std::shared_ptr<const task_registry> tasks,
             std::shared_ptr<runner_registry> runners, const executor_settings& settings, job_report_facet job_log) {
    self_ = self;
    store_ = std::move(store);
    job_log_ = std::move(job_log);
    const auto tell_self = [weak = caf::actor_cast<caf::weak_actor_ptr>(executor_implementation{self})](auto what) {
      return [weak, what] {
        if (const auto alive = weak.lock())
          caf::anon_send(caf::actor_cast<executor_implementation>(alive), what);
      };
    };
    desk_ = std::make_shared<engine::report_desk>(time, tell_self(reports_waiting{}));
    ended_ = std::make_shared<engine::ended_attempts>(tell_self(attempts_ended{}));
    time_ = &time;
    tasks_ = std::move(tasks);
    registered_ = std::move(runners);
    settings_ = settings;
    core_ = std::make_unique<engine::executor_core>(settings.self, settings.slots);
  }

  caf::result<done> begin_working() { // not `begin`: CAF takes a state with that for a range
    if (!working_) {
      for (auto& one : registered_->take()) {
        const std::string name{one->name()};
        runners_[name] = std::move(one);
      }
      for (const auto& each : runners_) {
        result<void> ready;
        const auto open = [&] { ready = each.second->open(); };
        guarded(each.first, open, [&](const std::string& why) { ready = error{ec::internal, why}; });
        if (!ready)
          return to_caf(ready.err().within("runner " + each.first));
      }
      working_ = true;
      if (store_)
        self_->send(store_, hello_executor{settings_.self, worker_facet{self_}, {}});
    }
    renew(); // the store may have been found long ago: what it hands out now must not seem to be as old
    if (store_)
      self_->send(store_, offer_demand{current_demand()});
    arm();
    return done{};
  }

  void on_store(const use_store& found) {
    ++connection_;
    store_ = found.store;
    job_log_ = found.job_log;
    if (std::exchange(telling_, false))
      desk_->on_lost();
    renewing_ = false;
    if (std::exchange(reporting_, false))
      core_->on_reports_lost();
    if (!store_) {
      settled_ = true; // if it drains: nothing new will come
      return finish_draining();
    }
    if (!store_id_.empty() && found.store_id != store_id_) { // it counts from anew, and knows nothing of what runs here
      for (const auto& order : core_->stop_all(stop_reason::lease_lost))
        carry_out(order);
      core_->forget_tokens();
    }
    store_id_ = found.store_id;
    settings_.self.process = found.process;
    settings_.lease = found.lease;
    answered_of_ = time_->now().boot - found.age;
    if (!working_)
      return;
    const auto held = core_->held();
    if (!held.empty())
      log(log_level::info, fmt::format("the store is back; {} jobs go on", held.size()));
    self_->send(store_, hello_executor{settings_.self, worker_facet{self_}, held});
    self_->send(store_, offer_demand{current_demand()});
    renew();
    report();
    tell();
    arm();
  }

  // Within a process it came at once. Over a network it may have been under way for long, but messages keep their order: it was
  // handed out after the store had answered what it has answered last, and so after that was asked.
  void on_handed_out(hand_out_jobs& handed) {
    // Late, or once more: the store has been told, or will be, that it isn't held.
    if (!handed.jobs.empty() && handed.jobs.front().what->held_by->token <= core_->newest_token())
      return;
    const auto boot = time_->now().boot;
    if (core_->is_idle())
      renewed_at_ = connection_ == 0 ? boot : answered_of_;
    const bool is_late = connection_ > 0 && boot >= stop_at();
    for (auto& one : handed.jobs) {
      if (one.what->attempt > 1)
        take_ended(); // the one before may have ended
      const auto code = code_of(*one.what);
      if (one.runner.empty() && code) // a job of an older store
        one.runner = code->runner;
      if (!core_->accept(one, boot))
        continue;
      if (is_late)
        hand_back(*one.what);
      else
        start_attempt(std::move(one), code);
    }
    arm();
  }

  void on_stop(const stop_attempts& request) {
    take_ended();
    for (const auto& which : request.attempts)
      if (const auto order = core_->stop(which, stop_reason::cancelled))
        carry_out(*order);
  }

  void on_hand_back() {
    for (const auto& order : core_->stop_all(stop_reason::node_stops))
      carry_out(order);
  }

  void on_timer(const timer_rang& ring) {
    if (timer_.rang(ring))
      look();
  }

  void look() {
    take_ended();
    const auto boot = time_->now().boot;
    for (const auto& order : core_->stop_overdue(boot))
      carry_out(order);
    if (drain_until_ && boot >= *drain_until_)
      for (const auto& order : core_->stop_all(stop_reason::node_stops))
        carry_out(order);
    if (drain_until_ && boot >= *drain_until_ + completion_grace)
      for (const auto& each : runners_)
        guarded(
            each.first, [&] { each.second->give_up(); }, [](const std::string& why) { log(log_level::error, why); });
    if (!core_->is_idle() && boot >= stop_at())
      for (const auto& order : core_->stop_all(stop_reason::lease_lost))
        carry_out(order);
    renew();
    report();
    tell();
    finish_draining();
    arm();
  }

  // What jobs say goes to the job log, a batch at a time: who is slow or gone holds nobody up.
  void tell(bool is_last = false) {
    const auto boot = time_->now().boot;
    if (telling_ || !job_log_ || !desk_->has_reports())
      return;
    if (boot < tell_at_ && !is_last)
      return timer_.arm(self_, boot, tell_at_ - boot);
    telling_ = true;
    tell_at_ = boot + tell_every;
    const auto told = [this, at = connection_](bool has_arrived) {
      if (at != connection_)
        return;
      telling_ = false;
      has_arrived ? desk_->on_answered() : desk_->on_lost();
      if (!has_arrived && last_words_until_)
        last_words_until_ = time_->now().boot; // nobody takes them
      tell();
      finish_draining();
    };
    self_->request(job_log_, request_limit, put_job_reports{desk_->take()})
        .then([told](done) { told(true); }, [told](const caf::error&) { told(false); });
  }

  // What else ends joins the report, and what was handed out begins before: the flush queues behind it.
  void report_later() {
    if (!std::exchange(report_sent_, true))
      self_->send(self_, flush_batch{});
  }

  void report() {
    report_sent_ = false;
    take_ended();
    if (!store_)
      finish_draining();
    if (reporting_ || !store_ || !core_->has_reports())
      return;
    reporting_ = true;
    const auto asked_at = time_->now().boot;
    auto reports = core_->take_reports(settings_.bounds.batch_items, settings_.bounds.batch_size_bytes);
    self_
        ->request(store_, request_limit,
                  report_attempts{std::move(reports.finished), std::move(reports.released), current_demand()})
        .then(
            [this, asked_at, at = connection_](done) {
              if (at != connection_)
                return;
              answered_of_ = asked_at;
              on_reported();
            },
            [this, at = connection_](const caf::error& why) {
              if (at == connection_)
                on_report_failed(why);
            });
  }

  caf::result<done> drain(const drain_work& request) {
    auto answer = drained_.add(self_);
    core_->drain();
    // A request, so that whatever the store had handed out before it knew has come when it answers.
    const auto confirmed = [this] {
      settled_ = true;
      finish_draining();
    };
    settled_ = !working_ || !store_;
    if (!settled_)
      self_->request(store_, request_limit, report_attempts{{}, {}, current_demand()})
          .then([confirmed](done) { confirmed(); }, [confirmed](const caf::error&) { confirmed(); });
    drain_until_ = time_->now().boot + request.grace;
    finish_draining();
    arm();
    return answer;
  }

private:
  using code_entry = std::shared_ptr<const task_registry::entry>;
  [[nodiscard]] code_entry code_of(const job& what) const {
    return is_built_in(what.task) ? std::make_shared<const task_registry::entry>(task_registry::entry{what.task, {}})
                                  : tasks_->find(what.task);
  }

  // Why this node can't run it so; empty: it can.
  [[nodiscard]] static std::string refusal(const job& what, const code_entry& code, const std::string& runner,
                                           bool is_here) {
    if (!code)
      return fmt::format("this node doesn't run the task {} any more", quote(what.task));
    if (!is_here)
      return fmt::format("this node has no runner {}", quote(runner));
    if (!is_run_by(what.task, runner))
      return fmt::format("the runner {} can't run the task {}", quote(runner), quote(what.task));
    return {};
  }

  void take_ended() {
    const auto boot = time_->now().boot;
    for (auto& ended : ended_->take())
      on_ended(ended.id, std::move(ended.outcome), boot);
  }

  void on_ended(const job_id& id, attempt_result outcome, duration boot) {
    if (auto next = core_->on_ended(id, std::move(outcome), boot)) {
      if (connection_ == 0) {
        const auto code = code_of(*next->what);
        start_attempt(*std::move(next), code);
      } else
        hand_back(*next->what); // it has waited, and so has its lease
    }
  }

  // It never begins: the store decides anew, if its lease isn't over anyhow.
  void hand_back(const job& what) {
    (void)core_->stop({what.id, what.held_by->token}, stop_reason::lease_lost);
    on_ended(what.id, attempt_result::failed(job_outcome::cancelled, "it came too late"), time_->now().boot);
    report_later();
  }

  void start_attempt(handed_job one, const code_entry& code) {
    const auto& runner = one.runner;
    const auto found = runners_.find(runner);
    const auto reports = desk_->open(*one.what);
    const runner::on_end end{engine::attempt_end{ended_, one.what->id, code ? code->code : nullptr, reports}, reports};
    if (auto why = refusal(*one.what, code, runner, found != runners_.end()); !why.empty())
      end(attempt_result::failed(job_outcome::error, std::move(why)));
    else
      guarded(
          runner, [&] { found->second->start(std::move(one.what), code->code.get(), end); },
          [&](std::string thrown) { end(attempt_result::failed(job_outcome::error, std::move(thrown))); });
  }

  // A runner of the user's may throw, against what it promises: that is its attempt's matter, and nobody else's (I10).
  template <class Call, class Tell>
  static void guarded(const std::string& runner, Call call, Tell tell) {
    try {
      call();
    } catch (const std::exception& fault) {
      tell(fmt::format("the runner {} threw: {}", quote(runner), fault.what()));
    } catch (...) {
      tell(fmt::format("the runner {} threw", quote(runner)));
    }
  }

  void carry_out(const engine::executor_core::stop_order& order) {
    if (const auto found = runners_.find(order.runner); found != runners_.end())
      guarded(
          order.runner, [&] { found->second->stop(order.id, order.why); },
          [](const std::string& why) { log(log_level::error, why); });
  }

  void on_reported() {
    reporting_ = false;
    failing_ = false;
    core_->on_reports_answered();
    report();
    offer_withheld();
    finish_draining();
  }

  void on_report_failed(const caf::error& why) {
    reporting_ = false;
    core_->on_reports_lost();
    if (!std::exchange(failing_, true))
      log(log_level::warning, fmt::format("finished jobs can't be reported: {}; trying again", from_caf(why).text()));
    self_->send(store_, offer_demand{current_demand()});
    timer_.arm(self_, time_->now().boot, retry_after);
  }

  // Over a network also when nothing runs: whoever knows that the store lives may begin with what it hands out.
  [[nodiscard]] bool is_to_renew() const { return !core_->is_idle() || (connection_ > 0 && working_); }

  void renew() {
    const auto asked_at = time_->now().boot;
    if (renewing_ || !store_ || !is_to_renew() || asked_at - renewed_at_ < renew_every())
      return;
    renewing_ = true;
    self_->request(store_, request_limit, renew_leases{settings_.self, core_->held(), core_->newest_token()})
        .then(
            [this, asked_at, at = connection_](const leases_renewed& answer) {
              if (at == connection_)
                on_renewed(answer, asked_at);
            },
            [this, at = connection_](const caf::error&) {
              if (at == connection_)
                renewing_ = false; // the timer asks again
            });
  }

  void on_renewed(const leases_renewed& answer, duration asked_at) {
    renewing_ = false;
    renewed_at_ = std::max(renewed_at_, asked_at); // counted from before it was asked (decision 2)
    answered_of_ = std::max(answered_of_, asked_at);
    for (const auto& which : answer.lost)
      if (const auto order = core_->stop(which, stop_reason::lease_lost))
        carry_out(*order);
    offer_withheld();
  }

  // Over a network, and nobody has said for long that the leases are alive.
  [[nodiscard]] bool is_unsure() const {
    return connection_ > 0 && !core_->is_idle() && time_->now().boot >= stop_at();
  }

  void finish_draining() {
    // Without a store nobody takes the reports of what has ended: those jobs run again, as those of a process that dies.
    if (!drained_.are_there() || !settled_ || !(store_ ? core_->is_idle() : core_->is_quiet()))
      return;
    // Whoever drains it may end it then: the last words go first, unless nobody takes them.
    const auto boot = time_->now().boot;
    if (!last_words_until_)
      last_words_until_ = boot + last_words_limit;
    if (boot < *last_words_until_)
      tell(true);
    if (telling_ && boot < *last_words_until_)
      return timer_.arm(self_, boot, *last_words_until_ - boot);
    drained_.deliver();
  }

  void arm() {
    const auto boot = time_->now().boot;
    timer_.arm(self_, boot, core_->next_deadline(boot));
    if (is_to_renew())
      timer_.arm(self_, boot, renew_every());
    if (!core_->is_idle() && boot < stop_at())
      timer_.arm(self_, boot, stop_at() - boot);
    if (drain_until_ && *drain_until_ > boot)
      timer_.arm(self_, boot, *drain_until_ - boot);
    else if (drain_until_ && !core_->is_idle())
      timer_.arm(self_, boot, std::max(*drain_until_ + completion_grace - boot, retry_after));
  }

  // A holder stops at 4/5 of its leases: after them the store may give the jobs to others.
  [[nodiscard]] duration stop_at() const { return renewed_at_ + settings_.lease * 4 / 5; }
  [[nodiscard]] duration renew_every() const { return settings_.lease * 3 / 10; }

  // Once the store has been heard again.
  void offer_withheld() {
    if (withheld_ && store_ && !is_unsure())
      self_->send(store_, offer_demand{current_demand()});
  }

  demand current_demand() {
    demand level{settings_.self, core_->free_slots(), {}, tasks_->names(), core_->newest_token(), settings_.labels};
    withheld_ = is_unsure();
    if (withheld_) // what came now would go back at once
      level.free_slots = 0;
    for (const auto& [name, one] : runners_)
      level.runners.push_back(name);
    return level;
  }

  self_pointer self_ = nullptr;
  execution_facet store_;    // null: not found yet
  job_report_facet job_log_; // with it
  std::shared_ptr<engine::report_desk> desk_;
  std::shared_ptr<engine::ended_attempts> ended_;
  duration tell_at_{};           // not before
  std::uint64_t connection_ = 0; // to it: answers of an earlier one count no more
  const clock* time_ = nullptr;
  std::shared_ptr<const task_registry> tasks_;
  std::shared_ptr<runner_registry> registered_;
  std::map<std::string, std::shared_ptr<runner>> runners_; // those that were taken
  executor_settings settings_;
  std::unique_ptr<engine::executor_core> core_;
  duration renewed_at_{};
  duration answered_of_{}; // when the latest request was made that the store has answered
  std::string store_id_;   // empty: the own store
  std::optional<duration> drain_until_;
  open_answers drained_;
  std::optional<duration> last_words_until_; // by the boot clock, once all has ended
  one_timer timer_;
  bool working_ = false;
  bool withheld_ = false; // the demand that was told last is less than there is
  bool settled_ = false;  // while draining: nothing new will come
  bool report_sent_ = false;
  bool reporting_ = false;
  bool telling_ = false;
  bool renewing_ = false;
  bool failing_ = false;
};

executor_implementation::behavior_type executor(executor_implementation::stateful_pointer<executor_state> self,
                                                execution_facet store, const clock* time,
                                                std::shared_ptr<const task_registry> tasks,
                                                std::shared_ptr<runner_registry> runners,
                                                const executor_settings& settings, const job_report_facet& job_log) {
  auto& state = self->state;
  set_failure_handlers(*self, "executor");
  state.start(self, std::move(store), *time, std::move(tasks), std::move(runners), settings, job_log);
  return {
      [&state](hand_out_jobs& handed) { state.on_handed_out(handed); },
      [&state](const stop_attempts& request) { state.on_stop(request); },
      [&state](hand_back_jobs) { state.on_hand_back(); },
      [&state](begin_work) { return state.begin_working(); },
      [&state](const use_store& found) { state.on_store(found); },
      [&state](const drain_work& request) { return state.drain(request); },
      [&state](attempts_ended) { state.report_later(); },
      [&state](flush_batch) { state.report(); },
      [&state](reports_waiting) { state.tell(); },
      [&state](const clock_changed&) { state.look(); },
      [&state](const timer_rang& ring) { state.on_timer(ring); },
  };
}

} // namespace

executor_actor spawn_executor(caf::actor_system& system, execution_facet store, const clock& time,
                              std::shared_ptr<const task_registry> tasks, std::shared_ptr<runner_registry> runners,
                              const executor_settings& settings, job_report_facet job_log) {
  return system.spawn(executor, std::move(store), &time, std::move(tasks), std::move(runners), settings,
                      std::move(job_log));
}

} // namespace carillon::actor
