#pragma once

#include "carillon/runner/runner.hpp"
#include "carillon/store/data_store.hpp"

#include "base/map_of_jobs.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace carillon::engine {

/// What an executor tells the store about attempts that have ended.
struct attempt_reports {
  std::vector<finished_attempt> finished;
  std::vector<attempt_id> released; ///< handed back without an outcome: the node stops

  [[nodiscard]] bool is_empty() const noexcept { return finished.empty() && released.empty(); }
};

/// What an executor knows of its attempts: capacity, time limits, and reports that the store hasn't answered. Pure; the
/// executor actor carries out what comes back. `boot` is this node's CLOCK_BOOTTIME.
class executor_core {
public:
  /// A runner is to be told to end an attempt.
  struct stop_order {
    job_id id;
    std::string runner;
    stop_reason why;
  };

  executor_core(lease_holder self, std::uint32_t slots) : self_(std::move(self)), slots_(slots) {}

  /// Takes a job that was handed out; true: start it. False if this attempt is known already (a
  /// repeated hand-out), or an older attempt of the job still runs here: then `on_ended` of that one says when to start it.
  [[nodiscard]] bool accept(const handed_job& one, duration boot);

  /// An attempt has ended; its report waits for `take_reports`. The runner's outcome counts: it knows whether the end came
  /// before the stop; One that isn't an attempt's own is an error. What was given up (lease lost, node stops) and ended as
  /// cancelled is handed back instead.
  /// Gives the newer attempt that waited for this end and is to be started now, if there is one.
  [[nodiscard]] std::optional<handed_job> on_ended(const job_id& id, attempt_result outcome, duration boot);

  /// Reports that aren't under way, at most `limit` and of about `size_bytes`. They are offered again after
  /// `on_reports_lost`, and done with after `on_reports_answered` (recorded, or refused as stale).
  [[nodiscard]] attempt_reports take_reports(std::size_t limit, std::size_t size_limit_bytes);
  void on_reports_answered();
  void on_reports_lost();

  /// A running attempt must end. None if it isn't running here, or was told already (a lost
  /// lease is told all the same).
  [[nodiscard]] std::optional<stop_order> stop(const attempt_id& which, stop_reason why);
  [[nodiscard]] std::vector<stop_order> stop_all(stop_reason why);
  /// Attempts whose time limit has passed.
  [[nodiscard]] std::vector<stop_order> stop_overdue(duration boot);
  /// Until `stop_overdue` has something to do; none: nothing is limited.
  [[nodiscard]] std::optional<duration> next_deadline(duration boot) const;

  /// All attempts held, for a renewal. A reported one is held until the store has answered.
  [[nodiscard]] std::vector<attempt_id> held() const;
  /// No new work from now on.
  void drain() noexcept { draining_ = true; }
  /// What has ended leaves its slot, reported or not.
  [[nodiscard]] std::uint32_t free_slots() const noexcept;
  /// The newest fencing token seen: what `free_slots` reflects.
  [[nodiscard]] revision newest_token() const noexcept { return newest_token_; }
  [[nodiscard]] bool is_idle() const noexcept { return attempts_.empty(); }
  /// Another store's are coming, which has its own count.
  void forget_tokens() noexcept { newest_token_ = 0; }
  /// No code runs.
  [[nodiscard]] bool is_quiet() const noexcept { return running_ == 0; }
  [[nodiscard]] bool has_reports() const noexcept { return ended_ > 0; }
  [[nodiscard]] const lease_holder& self() const noexcept { return self_; }

private:
  enum class phase : std::uint8_t { running, ended, reporting };
  struct attempt {
    attempt_id id; // not the job: its store would have to copy it when it ends
    std::string runner;
    duration started{};
    std::optional<duration> until; // by its time limit
    phase at = phase::running;
    std::optional<stop_reason> asked;
    std::optional<finished_attempt> report; // none with at != running: to be released
    std::optional<handed_job> next;         // a newer attempt, held while this one, whose lease is lost, still runs
  };
  using deadline = std::pair<duration, job_id>;

  [[nodiscard]] static bool may_be_asked(const attempt& which, stop_reason why);
  [[nodiscard]] static std::optional<deadline> deadline_of(const attempt& which);
  void begin(attempt& fresh, const handed_job& one, duration boot);
  void end(attempt& which);
  stop_order order(attempt& which, stop_reason why);

  lease_holder self_;
  std::uint32_t slots_;
  bool draining_ = false;
  revision newest_token_ = 0;
  map_of_jobs<attempt> attempts_; // visited in the order of ids, so that a simulation repeats
  std::size_t running_ = 0;       // attempts in phase `running`
  std::set<deadline> deadlines_;  // of those that run and weren't asked to stop
  std::size_t ended_ = 0;         // attempts in phase `ended`
  std::deque<job_id> to_report_;  // them, in the order of their ends; may name some that a newer attempt has replaced
  std::vector<job_id> reporting_; // the same of phase `reporting`
};

} // namespace carillon::engine
