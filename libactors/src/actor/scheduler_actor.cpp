#include "actor/errors.hpp"
#include "actor/one_timer.hpp"
#include "actor/open_answers.hpp"
#include "actor/patience.hpp"
#include "actor/spawn.hpp"
#include "carillon/base/log.hpp"
#include "carillon/protocol/cluster_protocol.hpp"
#include "carillon/trigger/custom.hpp"
#include "engine/planner.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

namespace carillon::actor {
namespace {

using scheduler_implementation = scheduler_actor::extend<caf::reacts_to<timer_rang>>;

// Asked at least this often, the store sees newer zone data, and a clock that was set where nothing watches the
// machine's.
constexpr duration longest_sleep = std::chrono::seconds{60};

/// Claims, plans, commits: one round after the other.
class scheduler_state {
public:
  using self_pointer = scheduler_implementation::stateful_pointer<scheduler_state>;

  void start(self_pointer self, planning_facet store, const clock& time, const limits& bounds, std::string name) {
    self_ = self;
    name_ = std::move(name);
    store_ = std::move(store);
    time_ = &time;
    bounds_ = bounds;
    planner_ = std::make_unique<engine::planner>(bounds);
  }

  void begin_working() { // not `begin`: CAF takes a state with that for a range
    if (std::exchange(working_, true) || !store_)
      return;
    self_->send(store_, hello_scheduler{alarm_facet{self_}});
    claim();
  }

  void on_store(const use_store& found) {
    ++connection_;
    store_ = found.store;
    start_told_ = false;
    drop_round();
    if (!working_)
      return tell_stop();
    claim();
  }

  void on_ring(const ring_in& ring) {
    const auto at = from_now(ring.in);
    if (in_round_) // which ends with a sleep
      rung_at_ = std::min(rung_at_.value_or(at), at);
    else
      sleep_until(at);
  }

  void on_timer(const timer_rang& ring) {
    if (timer_.rang(ring))
      claim();
  }

  caf::result<done> drain() {
    working_ = false;
    auto answer = drained_.add(self_);
    if (!in_round_ || !store_)
      tell_stop();
    return answer;
  }

private:
  // In the same batch as the first claim. Should the store fail just then, the next round says it.
  void tell_start() {
    if (std::exchange(start_told_, true))
      return;
    self_->request(store_, request_limit, note_scheduler{name_, true})
        .then([](done) {}, [this](const caf::error&) { start_told_ = false; });
  }

  // The last thing. It may fail: then nobody is told, as when the process dies.
  void tell_stop() {
    if (!drained_.are_there())
      return;
    if (!std::exchange(start_told_, false)) {
      drained_.deliver();
      return;
    }
    self_->request(store_, request_limit, note_scheduler{name_, false})
        .then([this](done) { drained_.deliver(); }, [this](const caf::error&) { drained_.deliver(); });
  }

  void claim() {
    if (!working_ || in_round_ || !store_)
      return;
    in_round_ = true;
    if (connection_ > 0)
      self_->send(store_, hello_scheduler{alarm_facet{self_}}); // again, as one may get lost on a network
    tell_start();
    claim_next();
  }

  void claim_next() {
    claiming_ = true;
    self_->request(store_, request_limit, claim_due_schedules{bounds_.batch_items, registered_trigger_kinds()})
        .then(
            [this, of = round_](due_schedules& due) {
              if (of == round_)
                on_claimed(due);
            },
            [this, of = round_](const caf::error& why) {
              if (of == round_)
                on_failed(why);
            });
  }

  void on_claimed(due_schedules& due) {
    claiming_ = false;
    failing_ = false;
    claimed_ = std::move(due);
    claimed_ring_at_ = claimed_->ring_in ? std::optional{from_now(*claimed_->ring_in)} : std::nullopt;
    rung_at_.reset(); // the answer knows of it
    go_on();
  }

  void go_on() {
    if (committing_)
      return;
    if (planned_ == due_.schedules.size() && claimed_) {
      due_ = *std::exchange(claimed_, std::nullopt);
      ring_at_ = claimed_ring_at_;
      planned_ = 0;
    }
    if (planned_ < due_.schedules.size())
      commit_next();
    else if (!claiming_)
      end_round();
  }

  // Planned when they are about to be committed, in batches of bounded size: a schedule that catches up may bring many jobs.
  void commit_next() {
    commit_fire_plans batch;
    hold_fire_plans ahead;
    std::size_t items = 0;
    while (planned_ < due_.schedules.size() && items < bounds_.batch_items) {
      const auto& due = due_.schedules[planned_++];
      // As it will be planned then: what it comes from is compared with what is by then.
      auto plan = planner_->plan(due, std::max(due_.now, due.what.state.next_fire_time.value_or(due_.now)));
      items += 1 + plan.jobs.size();
      (plan.covered_to > due_.now ? ahead.plans : batch.plans).push_back(std::move(plan));
    }
    if (!ahead.plans.empty())
      self_->send(store_, std::move(ahead));
    if (!batch.plans.empty())
      commit(std::move(batch));
    // More is due: claimed in the batch that commits these, so that there is one for each round, not two.
    if (working_ && planned_ == due_.schedules.size() && is_more_due())
      claim_next();
    if (!committing_)
      go_on();
  }

  void commit(commit_fire_plans batch) {
    committing_ = true;
    self_->request(store_, request_limit, std::move(batch))
        .then(
            [this, of = round_](const fire_plans_committed& answer) {
              if (of == round_)
                on_committed(answer);
            },
            [this, of = round_](const caf::error& why) {
              if (of == round_)
                on_failed(why);
            });
  }

  void on_committed(const fire_plans_committed& answer) {
    committing_ = false;
    for (const auto code :
         answer.refused) // one that has changed since, or is gone, is an expected race: it is due again
      if (code != ec::none && code != ec::stale_revision && code != ec::not_found)
        log(log_level::error, fmt::format("the store has refused a fire plan: {}", to_string(code)));
    go_on();
  }

  void on_failed(const caf::error& why) {
    if (!std::exchange(failing_, true))
      log(log_level::warning, fmt::format("the scheduler can't plan: {}; it tries again", from_caf(why).text()));
    ring_at_ = from_now(retry_after);
    rung_at_.reset();
    end_round(); // what isn't committed is still due
  }

  void end_round() {
    drop_round();
    if (!working_)
      return tell_stop();
    if (const auto rung = std::exchange(rung_at_, std::nullopt))
      ring_at_ = std::min(ring_at_.value_or(*rung), *rung);
    if (is_more_due())
      claim();
    else
      sleep_until(ring_at_.value_or(from_now(longest_sleep)));
  }

  [[nodiscard]] bool is_more_due() const { return ring_at_ && *ring_at_ <= time_->now().boot; }

  // Answers that are still to come count no more; what isn't committed is still due.
  void drop_round() {
    ++round_;
    in_round_ = claiming_ = committing_ = false;
    claimed_.reset();
    due_.schedules.clear();
    planned_ = 0;
  }

  // A round takes its time: what was told at its beginning as a length is kept as an instant of the boot clock.
  [[nodiscard]] duration from_now(duration in) const { return time_->now().boot + std::min(in, longest_sleep); }

  void sleep_until(duration at) {
    const auto now = time_->now().boot;
    timer_.arm(self_, now, at - now);
  }

  self_pointer self_ = nullptr;
  planning_facet store_;         // null: not found yet
  std::uint64_t connection_ = 0; // to it
  const clock* time_ = nullptr;
  limits bounds_;
  std::string name_;
  std::unique_ptr<engine::planner> planner_;
  std::uint64_t round_ = 0;              // answers to an earlier one count no more
  due_schedules due_;                    // being committed
  std::size_t planned_ = 0;              // of them
  std::optional<due_schedules> claimed_; // the next ones
  std::optional<duration> claimed_ring_at_;
  std::optional<duration> ring_at_; // when more is due, by the boot clock
  std::optional<duration> rung_at_; // since the last answer to a claim
  one_timer timer_;
  open_answers drained_;
  bool working_ = false;
  bool start_told_ = false;
  bool in_round_ = false;
  bool claiming_ = false;
  bool committing_ = false;
  bool failing_ = false;
};

scheduler_implementation::behavior_type scheduler(scheduler_implementation::stateful_pointer<scheduler_state> self,
                                                  planning_facet store, const clock* time, limits bounds,
                                                  std::string name) {
  auto& state = self->state;
  set_failure_handlers(*self, "scheduler");
  state.start(self, std::move(store), *time, bounds, std::move(name));
  return {
      [&state](const ring_in& ring) { state.on_ring(ring); },
      [&state](begin_work) { state.begin_working(); },
      [&state](const use_store& found) { state.on_store(found); },
      [&state](const drain_work&) { return state.drain(); },
      [&state](const timer_rang& ring) { state.on_timer(ring); },
  };
}

} // namespace

scheduler_actor spawn_scheduler(caf::actor_system& system, planning_facet store, const clock& time,
                                const limits& bounds, std::string name) {
  return system.spawn(scheduler, std::move(store), &time, bounds, std::move(name));
}

} // namespace carillon::actor
