#pragma once

#include "carillon/model/simulation.hpp"
#include "carillon/store/data_store.hpp"
#include "engine/decision_queue.hpp"
#include "engine/planner.hpp"
#include "trigger/zone.hpp"

#include <map>
#include <memory>
#include <queue>
#include <span>
#include <unordered_map>
#include <vector>

namespace carillon::engine {

/// Schedules in virtual time: does what scheduler, store and executors of a node do, in one thread, without an actor or a clock.
/// At each instant at which something is to be done: what somebody changes, what ends, what is due, what can begin, in this
/// order, as one batch. So a job that ends when a fire time comes has ended by then.
///
/// Memory: that of the store, what runs and waits, and what `decision_queue` holds.
class simulation {
public:
  /// How long the store's leases are to last: they are renewed at half of that, and remembered for all of it.
  static constexpr duration lease = std::chrono::hours{1};
  /// How long it is to keep history: nothing asks for it.
  static constexpr duration history_retention{};

  /// The store, on which nobody else works, has those settings. Store and callback outlive the simulation.
  simulation(data_store& store, const limits& bounds, const simulation_settings& settings,
             const simulation_callback& tell);

  /// Before `run`. What the store has by those names is replaced. Tasks that schedules name and that neither `tasks` nor the
  /// store has get the settings of one that says nothing. Errors: those of `put_task` and `add_schedule`.
  [[nodiscard]] result<void> add(std::span<const task> tasks, std::span<const schedule_definition> schedules);

  /// Once. Errors: ec::invalid_argument (`to`, a change of a schedule that isn't there, a zone; `from`, when the store has decided
  /// later fire times), those of the store.
  [[nodiscard]] result<simulation_report> run();

private:
  struct attempt {
    revision token = 0;
    lease_holder holder;
    timestamp started_at{};
    timestamp end{};
    job_outcome outcome = job_outcome::success;
  };
  struct ending {
    timestamp at;
    job_id id;
    friend auto operator<=>(const ending&, const ending&) = default;
  };

  [[nodiscard]] clock_reading clock_at(timestamp now) const;
  [[nodiscard]] result<void> prepare();
  [[nodiscard]] result<void> load_workers();
  [[nodiscard]] result<void> load_schedules();
  [[nodiscard]] result<void> lighten_schedules();
  [[nodiscard]] result<void> load_jobs();
  [[nodiscard]] result<void> load_zone(const schedule_definition& what);

  [[nodiscard]] result<void> act(timestamp now);
  [[nodiscard]] result<void> make_changes(timestamp now);
  [[nodiscard]] result<void> end_attempts(timestamp now);
  [[nodiscard]] result<void> plan(timestamp now);
  [[nodiscard]] result<void> hand_out(timestamp now);
  [[nodiscard]] result<void> renew(timestamp now);
  [[nodiscard]] result<void> finish(const job_id& id, timestamp now);
  void note_plan(const fire_plan& plan, timestamp now);
  void note(const event& what);
  void begin_attempt(const job& what, timestamp started_at);

  [[nodiscard]] timestamp next(timestamp now) const;
  /// Until when no scheduler works; none: one does.
  [[nodiscard]] std::optional<timestamp> no_scheduler_until(timestamp now) const;
  [[nodiscard]] duration assumed_of(const job& what) const;
  [[nodiscard]] std::chrono::seconds offset_at(const std::string& schedule_id, timestamp when) const;

  data_store& store_;
  limits bounds_;
  simulation_settings settings_; // changes in the order of their times
  planner planner_;
  decision_queue decisions_;
  std::vector<schedule_definition> schedules_; // at first
  demand demand_;
  std::vector<std::string> kinds_; // of custom triggers: one that isn't registered pauses its schedule
  std::unordered_map<std::string, std::shared_ptr<const zone>> zones_; // by schedule
  std::unordered_map<job_id, attempt> running_;
  std::priority_queue<ending, std::vector<ending>, std::greater<>> endings_; // some of attempts that have ended earlier
  std::vector<job_id> to_cancel_;                                            // they are asked to stop, and do at once
  bool has_more_ = false;                                                    // to be done at this very instant
  std::size_t waiting_ = 0;                                                  // jobs
  std::size_t changes_made_ = 0;
  timestamp renew_at_{};
};

} // namespace carillon::engine
