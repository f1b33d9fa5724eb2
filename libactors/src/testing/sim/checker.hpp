#pragma once

#include "carillon/store/data_store.hpp"
#include "carillon/trigger/trigger.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon::testing::sim {

/// Holds what happened against the invariants of the scheduling model: what runners did (the truth), what the store said, and
/// what it has recorded. It computes nothing as the store does: fire times are counted off one after the other. Pure.
class checker {
public:
  /// What was seen of the store's events, in the order of commits. `state` may be ahead of them.
  void on_events(const std::vector<event>& events, const data_store& state);
  /// What a scheduler gets to plan.
  void on_claimed(const due_schedules& claimed);
  /// A new process has opened the store; `survivors` were told to somebody, or done, before.
  void on_opened(const data_store& state);
  /// The clocks were set, or stood still: what the schedules decide next isn't foretold.
  void on_clocks_changed();

  /// The machine has slept: leases may end before anybody can be told to stop.
  void on_suspended();

  // ---- what runners do
  void on_started(const std::string& node, const job& what);
  void on_told_to_stop(const std::string& node, const job_id& id);
  void on_ended(const std::string& node, const job& what, job_outcome outcome);
  void on_node_gone(const std::string& node);

  /// Somebody was told that the job is added.
  void on_acknowledged(const job_id& id) { acknowledged_.insert(id); }

  /// Nothing keeps anybody from being in time.
  void expect_punctual() noexcept { is_punctual_ = true; }

  /// All that is recorded, at the end or in between.
  void check_whole(const data_store& state);
  /// No schedule may be due since before `since`.
  void check_schedules(const data_store& state, timestamp since);
  /// Nothing may be left to do: everything due is done.
  void check_quiet(const data_store& state, timestamp now);

  void violation(std::string text);
  [[nodiscard]] const std::vector<std::string>& violations() const noexcept { return violations_; }
  [[nodiscard]] std::uint64_t fire_times() const noexcept { return fire_times_; }
  [[nodiscard]] std::uint64_t jobs() const noexcept { return jobs_; }
  [[nodiscard]] std::uint64_t commits() const noexcept { return commits_; }
  [[nodiscard]] std::uint64_t attempts() const noexcept { return attempts_; }

private:
  struct attempt {
    std::string node;
    revision token = 0;
    bool told_to_stop = false;
    std::optional<job_outcome> outcome; // it has ended
  };
  struct known_job {
    revision newest_token = 0; // handed out, as events say
    std::uint32_t retries = 0;
    std::vector<attempt> attempts; // as runners say
    std::optional<job_outcome> outcome;
    revision finished = 0;
  };
  struct known_schedule {
    schedule what;
    std::optional<trigger> rule; // its next one is what follows `expected`
    std::optional<timestamp> expected;
    bool is_stale = false;               // to be read anew
    timestamp since{};                   // when that was: what was missed before may be decided late
    std::optional<timestamp> claimed_at; // first, since the last decision
  };
  /// What one transition decided of one schedule.
  struct decisions {
    std::string schedule;
    revision number = 0;
    std::vector<event> all;
  };
  struct running_job {
    std::string task;
    revision incarnation = 0; // of the schedule: a removed one's jobs hold up none of a new one
    std::string key;
    std::uint32_t maximum = 0; // of the key
    bool alone = false;        // in its schedule
  };

  void on_event(const event& what, const data_store& state);
  void on_acquired(const event& what, const data_store& state);
  void on_finished(const event& what, const data_store& state);
  void on_retry(const event& what, const data_store& state);
  void on_job_added(const event& what, const data_store& state);
  void sync(const std::string& id, const data_store& state, timestamp since);
  void on_decided(const event& what, const data_store& state);
  void close_decisions();
  void check_limits(const running_job& added, const data_store& state);
  void check_rate(const std::string& of, const start_rate& rate, timestamp at);
  void check_follow_ups(const data_store& state);
  void note_unique(const job& what);
  void expect(known_schedule& of, timestamp first, timestamp last, const std::string& id);

  std::vector<std::string> violations_;
  std::map<job_id, known_job> known_;
  std::map<std::string, known_schedule> schedules_;
  std::map<job_id, running_job> running_;
  std::set<job_id> acknowledged_;
  std::map<std::string, job_id> unique_; // unfinished jobs with a key and without a window
  struct begun {
    start_rate rate;
    std::deque<timestamp> last; // attempts: one more than it allows
  };
  std::map<std::string, begun> begun_; // of what has a rate
  std::pair<revision, std::uint32_t> last_event_{};
  decisions open_;
  bool is_punctual_ = false;
  bool clocks_have_changed_ = false; // what was due may not be any more
  std::uint64_t fire_times_ = 0, jobs_ = 0, commits_ = 0, attempts_ = 0;
};

} // namespace carillon::testing::sim
