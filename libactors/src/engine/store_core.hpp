#pragma once

#include "carillon/store/data_store.hpp"
#include "engine/demand_book.hpp"
#include "engine/held_plans.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::engine {

/// Jobs for one executor: lease and fencing token are in them.
struct hand_out {
  lease_holder to;
  std::vector<handed_job> jobs;
};

/// What the store actor carries out after a commit.
struct commit_effects {
  result<void> committed; ///< what everyone in the batch is told
  std::vector<event> events;
  std::vector<hand_out> hand_outs; ///< that have waited for the commit
  std::vector<cancellation> cancellations;
  std::vector<error> refused_plans; ///< of those that were held: not for an expected race
};

/// A request that waits for a job's end, and its answer.
struct parked_answer {
  std::uint64_t ticket;
  result<job> answer;
};

/// Group commit, standing demand and parked requests around a data_store: all that the store actor decides. The first
/// transition of a batch opens it; `commit` adds held plans whose time has come, leases that are over and hand-outs that the demand
/// allows to the same batch, so one flush at most lies between due and start. Pure but for the store. One thread.
class store_core {
public:
  /// A store that failed is opened again after this long; until then every request gets the same error.
  static constexpr duration retry_after = std::chrono::seconds{1};

  /// `wake_early`: so long before the time of a plan that it holds, `next_deadline` is 0, for who can afford to look at the clock
  /// until then. Not so soon after a batch that this would take more than a thirtieth of the time: then nothing is asleep anyhow.
  /// `level` is what the store's commits promise.
  store_core(std::shared_ptr<data_store> store, const limits& bounds, duration wake_early, durability level)
    : store_(std::move(store)), bounds_(bounds), wake_early_(wake_early), level_(level) {}

  /// Runs `transition(data_store&) -> result<T>` within the open batch. Its answer counts once `commit` has succeeded.
  template <class Transition>
  auto transact(clock_reading now, Transition transition) -> decltype(transition(std::declval<data_store&>())) {
    if (auto opened = open_batch(now); !opened)
      return opened.err();
    return transition(*store_);
  }

  [[nodiscard]] bool has_open_batch() const noexcept { return open_; }
  /// Commits the batch, if there is something to commit: the open batch, or what time or demand has made possible. With durability
  /// `none`, where a commit keeps nothing safe that a job could wait for, `give` gets the hand-outs before it, with those of up to ten
  /// times as many plans.
  [[nodiscard]] commit_effects commit(clock_reading now, const std::function<void(hand_out)>& give);
  /// Whether a plan that it holds is due: `commit` takes as many as a batch has room for.
  [[nodiscard]] bool is_plan_due(timestamp now) const;

  /// Plans that were made ahead, for `commit` to take up when their time has come.
  void hold(std::vector<fire_plan> plans);

  void on_demand(demand level);
  /// Its demand counts no more.
  void on_executor_gone(const std::string& executor) { demands_.remove(executor); }

  /// For how many more jobs the executors have free slots, as far as is known after the last commit; none: there is no executor.
  [[nodiscard]] std::optional<std::size_t> room() const { return is_cut_ ? 0 : demands_.room(draining_nodes()); }

  /// All nodes that are recorded, with the leases that they hold and the slots that they have free.
  [[nodiscard]] std::vector<node_status> nodes() const;

  /// A job, and what it waits for. Of committed state. Errors: ec::not_found; store errors.
  [[nodiscard]] result<job_explanation> explain_job(const job_id& id, timestamp now) const;

  /// Parks a request until the job is finished or `limit` (>= 0) is over; it is answered by `take_answers`. The ticket is the
  /// caller's.
  void park(std::uint64_t ticket, const job_id& id, duration limit, clock_reading now);
  /// Answers to parked requests: to be asked for after `park`, after a commit, and when the deadline is over.
  [[nodiscard]] std::vector<parked_answer> take_answers(clock_reading now);

  /// Until `commit` or `take_answers` has something to do without being asked (or will have, see `wake_early`); none: never.
  [[nodiscard]] std::optional<duration> next_deadline(clock_reading now) const;
  /// When the next schedule is due, by the store's wall clock; none: never. As of the last commit.
  [[nodiscard]] std::optional<timestamp> next_due() const;

  [[nodiscard]] data_store& store() noexcept { return *store_; }
  [[nodiscard]] const data_store& store() const noexcept { return *store_; }

private:
  struct parked {
    std::uint64_t ticket;
    job_id id;
    duration until; // boot clock
  };

  [[nodiscard]] bool is_backing_off(clock_reading now) const;
  result<void> open_batch(clock_reading now);
  [[nodiscard]] duration until_held_plan(timestamp when, timestamp now) const;
  void commit_held_plans(const limits& most, std::vector<error>& refused);
  [[nodiscard]] std::set<std::string> draining_nodes() const;
  [[nodiscard]] std::string describe_wait(const job& what, timestamp now) const;
  [[nodiscard]] result<std::vector<hand_out>> hand_out_jobs(const limits& most);
  [[nodiscard]] result<std::vector<hand_out>> take_up(const limits& most, std::vector<error>& refused_plans);

  std::shared_ptr<data_store> store_; // shared with readers, who use its const members only
  limits bounds_;
  duration wake_early_;
  durability level_;
  demand_book demands_;
  held_plans held_;
  bool open_ = false;
  timestamp opened_at_{}; // what the open batch takes for now
  bool demand_grew_ = false;
  bool is_cut_ = false;         // the last hand-outs, by the bounds of a batch
  std::optional<error> failed_; // the last batch: the store is to be reopened
  clock_reading last_{};        // of the last batch: what the store's lengths of time count from
  std::vector<parked> arrived_; // to be looked up
  std::multimap<job_id, parked> parked_;
};

} // namespace carillon::engine
