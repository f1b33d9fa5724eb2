#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/backfill.hpp"
#include "carillon/model/cluster_node.hpp"
#include "carillon/model/event.hpp"
#include "carillon/model/explanation.hpp"
#include "carillon/model/job.hpp"
#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"
#include "carillon/store/store_types.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

// ------------------------------------------------------------------------------------------------------- hand-outs

/// Who may hold leases: one run of one executor. A process with a higher number replaces one with a lower, which frees all
/// that the old one held; an older one that still asks gets nothing as long as the newer holds leases.
struct lease_holder {
  std::string executor;      ///< the name of its node
  std::uint64_t process = 0; ///< see `data_store::process` and `enrol_node`
  friend bool operator==(const lease_holder&, const lease_holder&) = default;
};

/// What an executor can take on: a level, not a request (decision 6).
struct demand {
  lease_holder holder;               ///< who asks
  std::uint32_t free_slots = 0;      ///< what was handed out since `last_hand_out` is still counted as free
  std::vector<std::string> runners;  ///< tasks whose runner is one of these and which are in `tasks`, or are built in
  std::vector<std::string> tasks;    ///< ascending
  std::uint64_t last_hand_out = 0;   ///< the newest hand-out that `free_slots` already reflects
  std::vector<std::string> labels{}; ///< ascending: tasks that require no others

  /// Whether it asks for jobs of this task, which `runner` is to run and which requires these labels (ascending).
  [[nodiscard]] bool fits(const std::string& task, const std::string& runner,
                          const std::vector<std::string>& required_labels) const;
};

/// Names one attempt: the job and its fencing token.
struct attempt_id {
  job_id job;         ///< which it is an attempt of
  revision token = 0; ///< higher than those of the job's earlier attempts
  friend auto operator<=>(const attempt_id&, const attempt_id&) = default;
};

// ------------------------------------------------------------------------------------------------------- transitions

/// What the plan of a schedule comes from, besides the schedule itself: for one that is made before it is due.
struct plan_basis {
  std::uint32_t running_jobs = 0; ///< of this schedule
  std::uint32_t waiting_jobs = 0; ///< of this schedule: the pending ones, also those whose time hasn't come
  revision task_changed = 0;      ///< its task's `changed`; 0: it isn't recorded
  friend bool operator==(const plan_basis&, const plan_basis&) = default;
};

/// A schedule that is due, with what its plan depends on, its task's settings filled in.
struct due_schedule {
  schedule what;                              ///< at the claim
  std::optional<duration> misfire_grace_time; ///< none: no fire time is too late
  std::optional<duration> time_limit;         ///< of one attempt; none: unlimited
  duration result_expiration{};               ///< how long results are kept
  retry_policy retry;                         ///< of its jobs
  value::map metadata;                        ///< the task's and the schedule's, merged
  std::uint32_t running_jobs = 0;             ///< of this schedule
  std::uint32_t waiting_jobs = 0;             ///< of this schedule: the pending ones, also those whose time hasn't come
  std::optional<plan_basis> ahead;            ///< of one that is claimed before it is due; its plan takes it along
};

/// A job of this schedule: all that its definition says, and neither id nor times.
[[nodiscard]] job make_job(const due_schedule& due);

/// What a claim gives.
struct due_schedules {
  timestamp now{}; ///< the store's clock; what "due" was measured by
  std::vector<due_schedule>
      schedules; ///< earliest first; those due after `now` are claimed ahead (store_config::plan_ahead)
  std::optional<duration> ring_in; ///< until the next one is due; 0 if more are due now; none if there is none
};

/// What `engine::planner` decided for one schedule: committed whole or refused whole.
struct fire_plan {
  std::string schedule_id;                 ///< of the claimed one
  revision incarnation = 0;                ///< of the claimed one: it may have been removed and added anew since
  revision based_on = 0;                   ///< `schedule_state::changed` at the claim
  std::vector<job> jobs;                   ///< each with the id of its fire time; the store sets `created_at`
  std::vector<skip> skips;                 ///< the store sets `decided_at`
  trigger_cursor cursor;                   ///< after `next_fire_time` was given
  std::optional<timestamp> next_fire_time; ///< none: finished, the schedule is removed
  std::optional<timestamp> last_fire_time; ///< the latest one that made a job, by this plan or before
  std::optional<timestamp> covered_to;     ///< all fire times up to here are decided; it never goes back; none: none
  bool cancel_running = false;             ///< the schedule's running jobs are asked to stop
  std::string pause_reason;                ///< not empty: the schedule pauses itself
  std::optional<plan_basis>
      ahead; ///< of one that was made before it was due: if this is otherwise by then, it doesn't count
};

/// One attempt's end.
struct finished_attempt {
  attempt_id attempt;                         ///< which one
  job_outcome outcome = job_outcome::success; ///< anything but none
  value result;                               ///< kept if no other attempt follows
  std::string error_text;                     ///< for a person; of a long one the first 4,096 bytes are kept
  duration ran_for{}; ///< by the executor's boot clock: messages carry durations, never somebody else's time
};

/// A running attempt that its executor must end.
struct cancellation {
  lease_holder holder; ///< who runs it, and is to be told
  attempt_id attempt;  ///< which one
};

/// What a commit did, for those who wait for it.
struct commit_summary {
  std::vector<event> events;               ///< numbered, in commit order
  std::vector<cancellation> cancellations; ///< what was asked for once more is here once more
};

// ------------------------------------------------------------------------------------------------------------ the port

/// Durable state behind one door: atomic transitions in batches, not CRUD.
///
/// The writer (one thread: the store actor) calls `begin`, any number of transitions, `commit`. A transition sees the
/// effects of the earlier ones of its batch; a refused one changes nothing and spoils nothing. Nothing of a batch is
/// visible to readers, or survives, before `commit`. If `commit` fails nothing of the batch is stored; the back end drops
/// its memory, and the next `begin` reopens and rebuilds it, or fails with the reason.
///
/// The const members read committed state only and may be called from other threads at any time.
///
/// `now` is the store's clock as given to `begin`: `wall` decides what is due, `boot` when leases and claims end.
/// Errors of every member: ec::store_io, ec::disk_full, ec::permission_denied, ec::store_corrupt; others are named at
/// each. While the store isn't open, as after a failed `commit`, whoever reads is told why.
class data_store {
public:
  virtual ~data_store() = default;

  // ---- one batch
  /// Opens a batch, where none is open. Errors: also those of opening a store, if it has to be opened again.
  virtual result<void> begin(clock_reading now) = 0;
  /// Stores the open batch as a whole, and ends it, also if it fails.
  virtual result<commit_summary> commit() = 0;

  // ---- tasks
  /// Adds a task, or gives the recorded one these settings. `what.changed` other than 0 is the revision that they were made of:
  /// ec::stale_revision if the task has another one by now. ec::invalid_argument.
  virtual result<void> put_task(const task& what) = 0;
  /// With `force` its schedules are removed along, and its pending jobs end as cancelled. ec::not_found; ec::conflict while
  /// a schedule or an unfinished job uses it (with `force`: while one of its jobs runs).
  virtual result<void> remove_task(const std::string& id, bool force) = 0;

  // ---- schedules
  /// Adds one; the same id with equal content is success (decision 9), with other content as `on_conflict` says. Replacing
  /// keeps incarnation, history and cursor; a changed trigger starts after what is already covered.
  /// ec::conflict, ec::unknown_task, ec::invalid_argument, ec::limit_exceeded.
  virtual result<schedule> add_schedule(const schedule_definition& what, conflict_policy on_conflict) = 0;
  /// Pausing a paused one is success. ec::not_found.
  virtual result<schedule> pause_schedule(const std::string& id) = 0;
  /// Fire times before `from` (default: now) are skipped as `paused`; the rest is caught up. Resuming one that isn't
  /// paused is success and changes nothing. ec::not_found.
  virtual result<schedule> resume_schedule(const std::string& id, std::optional<timestamp> from) = 0;
  /// Adds a job `new_id` of the schedule that may begin now, paused or not: an extra run, outside I1, that obeys its limits.
  /// The same again is success. ec::not_found, ec::conflict; those of add_job.
  virtual result<job> run_schedule(const std::string& id, const job_id& new_id) = 0;
  /// Adds jobs for fire times that lie behind, by its present settings: extra runs, outside I1, as many as fit in one batch.
  /// Fire times that the schedule has still to decide are left to it, unless it is paused. Asked for again with the same
  /// id, it adds no job twice. ec::not_found, ec::unknown_task, ec::limit_exceeded (limits::waiting_jobs_per_schedule of
  /// them wait), ec::conflict, ec::invalid_argument; those of the trigger.
  virtual result<backfill_progress> backfill_schedule(const backfill& what) = 0;
  /// Its jobs stay. Removing one that isn't there is ec::not_found.
  virtual result<void> remove_schedule(const std::string& id) = 0;

  // ---- planning
  /// Claims at most `limit` due schedules that aren't paused or claimed, and whose trigger has no other custom kinds than
  /// `kinds`, which is ascending: the others are put aside for a scheduler that knows theirs. Claims are in memory only. Those that are
  /// due within store_config::plan_ahead may be among them: to be planned as of their fire time, and committed then.
  virtual result<due_schedules> claim_due_schedules(std::size_t limit, std::span<const std::string> kinds = {}) = 0;
  /// Whoever claimed these schedules (their incarnations) won't plan them: those that are still claimed are due again at once.
  virtual result<void> release_claims(std::span<const revision> incarnations) = 0;
  /// Adds the plan's jobs and skips and moves the cursor, all or nothing, and drops the claim. ec::stale_revision when the
  /// schedule has changed since the claim, or, if the plan was made ahead, what it comes from, or there is more to decide by now: it is
  /// due again then; ec::not_found; ec::invalid_argument for a plan that would break I1.
  virtual result<void> commit_fire_plan(fire_plan plan) = 0;

  // ---- jobs
  /// Adds a direct job (id, task, arguments, times as given), or gives the one that there is with its unique key. Without a time limit, with a result_expiration of 0, or with
  /// retry.max_attempts of 0, it has its task's. The same id with equal content is success and gives the recorded job,
  /// whatever the task says by then. Never null; who keeps it costs the store a copy. ec::unknown_task, ec::conflict, ec::limit_exceeded,
  /// ec::invalid_argument.
  virtual result<std::shared_ptr<const job>> add_job(job what) = 0;
  /// A pending job ends as cancelled; a running one is asked to stop (commit_summary::cancellations), each time again.
  /// Cancelling twice is success. ec::not_found; ec::wrong_state when it is finished otherwise.
  virtual result<job> cancel_job(const job_id& id) = 0;
  /// Adds a job like `id`, which is finished, under `new_id`, to run now; if `id` was a dead letter it is one no more. That
  /// of a schedule's job is an extra run of the schedule, outside I1. The same again is success. ec::not_found;
  /// ec::wrong_state when it isn't finished; those of add_job.
  virtual result<job> rerun_job(const job_id& id, const job_id& new_id) = 0;
  /// The job is no dead letter any more, and its history ends as any other's: at once, if it ended longer ago than history
  /// is kept. One that is none any more is success. ec::not_found; ec::wrong_state when it never was one.
  virtual result<job> drop_dead_letter(const job_id& id) = 0;

  // ---- running
  /// Hands out at most min(limit, demand.free_slots) pending jobs that fit and that no limit holds back, the highest
  /// priority first, of these the earliest `not_before`, ties by id; one hand-out in eight goes to the earliest of all. Each
  /// comes with a lease and a new fencing token. Jobs past their start deadline end as missed_start_deadline on the way.
  virtual result<std::vector<handed_job>> hand_out_jobs(const demand& wanted, std::size_t limit) = 0;
  /// Extends the holder's leases by one lease from now. What it should hold and doesn't name (and that was handed out at
  /// or before `seen_token`) is lost, and so is everything of an older process of the executor. Gives the attempts named
  /// that it no longer holds: it must stop them.
  virtual result<std::vector<attempt_id>> renew_leases(const lease_holder& holder, std::span<const attempt_id> held,
                                                       revision seen_token) = 0;
  /// Records an outcome; frees the lease. After a failure that the job's retry policy tries again it is pending again, until
  /// the delay is over; spent attempts make it a dead letter. A result over limits::argument_size_bytes is dropped and the
  /// job ends as `error`, saying so. ec::stale_token (with an event) if it isn't the newest attempt; repeating a recorded
  /// finish is success. ec::not_found.
  virtual result<void> finish_attempt(finished_attempt what) = 0;
  /// Hands an unfinished attempt back: the job is pending again and isn't charged with a lost attempt; one that was to be
  /// cancelled ends as cancelled, one whose task says loss_policy::abandon as abandoned. ec::stale_token, ec::not_found.
  virtual result<void> release_attempt(const attempt_id& attempt) = 0;
  /// Frees leases whose time is up. Cheap when there is none.
  virtual result<void> expire_leases() = 0;

  // ---- who takes part
  /// The number of the process that has opened the store, for `lease_holder::process`: higher than that of every process
  /// that ever held a lease of this store (decision 1), whatever the clocks say. Any thread.
  [[nodiscard]] virtual std::uint64_t process() const noexcept = 0;
  /// A node joins, the one with this store too (first, in each process: who had joined an earlier one is then gone), and is recorded with what it says of itself; that it drains stays as it was. Gives
  /// `process`, or if that is 0 a number of that kind for the node's process. ec::invalid_argument, ec::limit_exceeded.
  virtual result<std::uint64_t> enrol_node(const node_description& what, std::uint64_t process) = 0;
  /// The node plans by these time-zone data now; an event says so if they aren't the store's. ec::not_found; those of enrol_node.
  virtual result<void> note_zone_data(const std::string& name, const std::string& version) = 0;
  /// The node has left, in order or without a word. What it held ends by `renew_leases` or with its leases. ec::not_found.
  virtual result<void> note_node_gone(const std::string& name, bool in_order) = 0;
  /// From now on the node gets no jobs (`is_on`), or gets them again; nothing changes for what it runs. ec::not_found.
  virtual result<void> drain_node(const std::string& name, bool is_on) = 0;
  /// Nothing is known of the node any more. ec::not_found.
  virtual result<void> remove_node(const std::string& name) = 0;
  /// Tells by an event that a scheduler begins or ends its work.
  virtual result<void> note_scheduler(const std::string& name, bool has_started) = 0;

  /// All nodes that are recorded, by name, with the leases that they hold. Memory only; called by the writer.
  [[nodiscard]] virtual std::vector<node_status> nodes() const = 0;

  // ---- memory only: what the store actor's timers need. Called by the writer, in or after a batch.
  /// The sets of custom kinds that due schedules wait for, as no scheduler that knows them has claimed since: ascending.
  [[nodiscard]] virtual std::vector<std::vector<std::string>> unplannable_kinds() const = 0;
  /// Until something may be claimed, or a claim ends: 0 if it is now, none if nothing ever is. Measured from the `now` of the last
  /// batch. May be too early, never too late: a claim then gives nothing.
  [[nodiscard]] virtual std::optional<duration> next_due() const = 0;
  /// Until the next `not_before` of a waiting job, or end of a lease. May be too early, never too late.
  [[nodiscard]] virtual std::optional<duration> next_deadline() const = 0;

  // ---- reading, any thread
  /// As it is recorded. ec::not_found.
  [[nodiscard]] virtual result<task> find_task(const std::string& id) const = 0;
  /// By id.
  [[nodiscard]] virtual result<page<task>> list_tasks(const page_request& request) const = 0;
  /// ec::not_found, also when it has finished.
  [[nodiscard]] virtual result<schedule> find_schedule(const std::string& id) const = 0;
  /// By id.
  [[nodiscard]] virtual result<page<schedule>> list_schedules(const page_request& request) const = 0;
  /// A result that has expired is left out, here and in the lists. ec::not_found, also when its history has ended.
  [[nodiscard]] virtual result<job> find_job(const job_id& id) const = 0;
  /// Newest first.
  [[nodiscard]] virtual result<page<job>> list_jobs(const job_filter& filter, const page_request& request) const = 0;
  /// Jobs whose attempts are spent, the newest first.
  [[nodiscard]] virtual result<page<job>> list_dead_letters(const page_request& request) const = 0;
  /// A schedule with its task's settings filled in, as a claim would give it if none of its jobs ran or waited.
  [[nodiscard]] virtual result<due_schedule> peek_schedule(const std::string& id) const = 0;
  /// What the schedule's settings were, of all its incarnations; the newest first. `schedule_id` empty: of all
  /// schedules, one after the other.
  [[nodiscard]] virtual result<page<past_definition>> list_past_definitions(const std::string& schedule_id,
                                                                            const page_request& request) const = 0;
  /// Newest first; `schedule_id` empty: of all.
  [[nodiscard]] virtual result<page<skip>> list_skips(const std::string& schedule_id,
                                                      const page_request& request) const = 0;
  /// By the families' order, in each the oldest first.
  [[nodiscard]] virtual result<page<quarantined_record>> list_quarantined(const page_request& request) const = 0;
  /// From memory: it doesn't wait for the disk.
  [[nodiscard]] virtual result<store_status> status() const = 0;
  /// What has expired leaves the disk now, which otherwise happens when it is convenient. Takes seconds for a large store.
  /// Errors: also ec::unavailable, if it was interrupted.
  virtual result<void> clean_up() const = 0;
  /// The store is about to be closed: a clean-up that is under way ends early, and so does a later one. Any thread.
  virtual void interrupt_clean_up() noexcept = 0;
  /// Makes the folder `folder`, and in it a copy of the store as it is committed at one moment: a backup, of whole batches. The folder is
  /// there when all of it is on disk, and not before. Fast where the two folders can share files. Errors: also ec::conflict (there is
  /// something of that name), ec::permission_denied, ec::unsupported for a store that isn't on the machine's disk.
  virtual result<void> back_up(const std::string& folder) const = 0;
  /// Reads everything and checks that it holds together: records that decode, references, and I1 for the fire times of
  /// all triggers that schedules have or had, as far back as history is whole.
  [[nodiscard]] virtual result<check_report> check() const = 0;
};

/// A store that lives and dies with the process.
[[nodiscard]] result<std::unique_ptr<data_store>> open_memory_store(const store_config& config);

/// A RocksDB store in `folder`, which is created (mode 0700) if it isn't there; one process at a time holds it.
/// Errors: ec::store_in_use (naming the holder), ec::store_version, ec::store_corrupt, ec::permission_denied,
/// ec::disk_full, ec::store_io, ec::invalid_argument (a backup, or no name).
[[nodiscard]] result<std::unique_ptr<data_store>> open_rocksdb_store(const std::string& folder,
                                                                     const store_config& config);

} // namespace carillon
#pragma GCC visibility pop
