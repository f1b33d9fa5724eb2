#pragma once

#include "carillon/store/key_value.hpp"
#include "carillon/testing/world.hpp"
#include "keyed/key_value_source.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// A client that uses all features of a node whose store stops at a chosen write, and the accounts of what came of it.
namespace carillon::testing {

/// Where the writes of a store end. It outlives the nodes.
struct breaking_point {
  enum class kind : unsigned char {
    power_cut,    ///< the write `at` is the last one that reaches the disk
    failing_write ///< the write `at` fails, and so does all that follows, until it is repaired
  };

  kind how = kind::power_cut;
  std::uint64_t at = 0;           ///< 1: the first one; 0: never
  std::function<void()> on_cut{}; ///< called right after the last write
  /// Whether the power is cut somewhere below: for stores whose files end within a write.
  std::function<bool()> is_cut_below{};
  /// Called for a write that is refused then, with what the store holds.
  std::function<void(const keyed::key_value&, const keyed::write_batch&)> on_refused{};
  std::uint64_t writes = 0; ///< so far
  bool is_dead = false;     ///< the process is gone: whatever is still called changes nothing

  [[nodiscard]] bool is_reached() const { return (at != 0 && writes >= at) || (is_cut_below && is_cut_below()); }
  [[nodiscard]] bool is_broken() const noexcept {
    return is_dead || (at != 0 && writes >= at + (how == kind::power_cut ? 1 : 0));
  }
};

/// A store whose writes go through the breaking point.
[[nodiscard]] std::unique_ptr<keyed::key_value_source> make_breaking(std::unique_ptr<keyed::key_value_source> whole,
                                                                     std::shared_ptr<breaking_point> point);

/// What is recorded, all of it.
struct recorded_state {
  std::map<job_id, job> jobs;
  std::map<std::string, schedule> schedules;
  std::map<std::string, task> tasks;
  std::vector<skip> skips;

  friend bool operator==(const recorded_state&, const recorded_state&) = default;
};
[[nodiscard]] recorded_state read_everything(const data_store& store);

/// One run of the scenario.
class crash_run {
public:
  using opener = std::function<result<std::unique_ptr<data_store>>(const store_config&)>;
  using step = std::function<void(crash_run&)>;
  /// Gets what was readable when the process ended; null: the store had noticed already that its disk is gone.
  using crash_handler = std::function<void(const recorded_state*)>;

  crash_run(durability level, opener open, std::shared_ptr<breaking_point> point);

  /// Does the steps one after the other, and a step again when the breaking point has interrupted it, until nothing is
  /// under way any more. After a power cut `on_crash` is called while no process runs. Whether it was interrupted.
  bool run(const std::vector<step>& scenario, const crash_handler& on_crash);
  /// The same, but after the interruption no step is done any more: for stores that lose what was acknowledged.
  bool run_until_interrupted(const std::vector<step>& scenario, const crash_handler& on_crash);

  /// What doesn't add up, now that nothing is under way any more. The fire times are counted here, not by the store's
  /// own check.
  [[nodiscard]] std::vector<std::string> faults() const;

  // ---- what steps are made of. All may be repeated.

  /// Tasks of the jobs below: `work` ends at once, `fail` with an error, and `slow` when it is stopped, or all is to
  /// end.
  void add_tasks();
  /// Adds the schedule, or replaces it.
  void add(const schedule_definition& what);
  void pause(const std::string& id);
  void resume(const std::string& id, std::optional<timestamp> from = std::nullopt);
  void remove(const std::string& id);
  /// A direct job, by number.
  void add_job(int number, const std::string& task, duration in = {}, const std::function<void(job&)>& change = {});
  void cancel_job(int number);
  /// Of a job that has ended.
  void rerun_job(int number, int new_number);
  void run_schedule(const std::string& id, int new_number);
  /// Of the fire times of the first seconds.
  void backfill(const std::string& id, int number, overlap_policy overlap);
  void drop_dead_letter(int number);
  /// A task of its own with a schedule, which is removed by force.
  void add_task(const std::string& id);
  void remove_task(const std::string& id);
  /// Time passes, and jobs run.
  void pass(duration length);
  void step_clock(duration by);
  /// Renewals get lost until the leases of what runs are.
  void lose_leases();
  /// The process ends, and another one begins.
  void restart();
  /// Another release of the time-zone data.
  void change_zone_data();

  /// A schedule of a task; its first fire time is `every` after the beginning.
  [[nodiscard]] schedule_definition every(duration period, const std::string& id,
                                          const std::string& task = "work") const;
  [[nodiscard]] timestamp begin() const noexcept { return begin_; }

private:
  struct interrupted {};

  template <class Reply, class Message>
  void request(Message message, const std::set<ec>& expected = {});
  void do_steps(const std::vector<step>& scenario, std::size_t& next);
  void start();
  void kill();
  void recover(const crash_handler& on_crash);
  void become_quiet();
  void tend();
  void note_events(const std::vector<event>& events);

  durability level_;
  opener open_;
  std::shared_ptr<breaking_point> point_;
  world world_{1};
  world_node_config config_;
  bool has_disk_ = false;
  world_node* node_ = nullptr;
  timestamp begin_;
  bool slow_ones_end_ = false;
  std::set<job_id> direct_;                                         // acknowledged
  std::map<std::string, std::vector<trigger_definition>> triggers_; // of each schedule, one after the other
  std::map<job_id, int> ends_;                                      // of each job, as events told them
  std::map<std::pair<job_id, revision>, int> starts_;               // of each attempt
  std::vector<std::string> faults_;                                 // seen on the way
};

/// What is wrong with the fire times of one schedule: each has exactly one job or one skip, from the first one on,
/// without a hole, in each incarnation. `triggers`: that it had, in this order.
[[nodiscard]] std::vector<std::string>
account_of(const std::string& id, const std::vector<trigger_definition>& triggers, const recorded_state& recorded);

/// The scenario: a line for each feature.
[[nodiscard]] std::vector<crash_run::step> crash_scenario();

} // namespace carillon::testing
