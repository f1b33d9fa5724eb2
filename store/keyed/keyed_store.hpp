#pragma once

#include "carillon/base/entropy.hpp"
#include "carillon/store/data_store.hpp"

#include "keyed/key_value_source.hpp"
#include "keyed/keys.hpp"
#include "keyed/working_set.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace carillon::keyed {

/// Whether the system's zone data are looked at once a minute, or only at the start.
enum class zone_watch : bool { at_start, always };

/// The data_store over a key_value: all the logic of the memory and the RocksDB store. Its members are spread over files by
/// subject: lifecycle, rebuild, records, tasks, schedules, past_definitions, backfill, clock, zone_data, planning, nodes, jobs,
/// unique_keys, follow_ups, running, dead_letters, reads, check.
///
/// A transition first looks at everything that can refuse it, then changes the working set, which can't fail. If the database
/// fails in between, the batch is lost: `commit` says so and the working set is dropped.
class keyed_store final : public data_store {
public:
  /// Opens and rebuilds. Errors: those of the source; ec::store_version; ec::store_corrupt.
  [[nodiscard]] static result<std::unique_ptr<data_store>> open(std::unique_ptr<key_value_source> source,
                                                                const store_config& config, entropy& random,
                                                                zone_watch zone_data = zone_watch::always);
  ~keyed_store() override;

  result<void> begin(clock_reading now) override;
  result<commit_summary> commit() override;

  result<void> put_task(const task& what) override;
  result<void> remove_task(const std::string& id, bool force) override;

  result<schedule> add_schedule(const schedule_definition& what, conflict_policy on_conflict) override;
  result<schedule> pause_schedule(const std::string& id) override;
  result<schedule> resume_schedule(const std::string& id, std::optional<timestamp> from) override;
  result<job> run_schedule(const std::string& id, const job_id& new_id) override;
  result<backfill_progress> backfill_schedule(const backfill& what) override;
  result<void> remove_schedule(const std::string& id) override;

  result<due_schedules> claim_due_schedules(std::size_t limit, std::span<const std::string> kinds) override;
  result<void> release_claims(std::span<const revision> incarnations) override;
  result<void> commit_fire_plan(fire_plan plan) override;

  result<std::shared_ptr<const job>> add_job(job what) override;
  result<job> cancel_job(const job_id& id) override;
  result<job> rerun_job(const job_id& id, const job_id& new_id) override;
  result<job> drop_dead_letter(const job_id& id) override;

  std::uint64_t process() const noexcept override { return process_; }
  result<std::uint64_t> enrol_node(const node_description& what, std::uint64_t process) override;
  result<void> note_zone_data(const std::string& name, const std::string& version) override;
  result<void> note_node_gone(const std::string& name, bool in_order) override;
  result<void> drain_node(const std::string& name, bool is_on) override;
  result<void> remove_node(const std::string& name) override;
  std::vector<node_status> nodes() const override;
  result<void> note_scheduler(const std::string& name, bool has_started) override;

  result<std::vector<handed_job>> hand_out_jobs(const demand& wanted, std::size_t limit) override;
  result<std::vector<attempt_id>> renew_leases(const lease_holder& holder, std::span<const attempt_id> held,
                                               revision seen_token) override;
  result<void> finish_attempt(finished_attempt what) override;
  result<void> release_attempt(const attempt_id& attempt) override;
  result<void> expire_leases() override;

  std::vector<std::vector<std::string>> unplannable_kinds() const override;
  std::optional<duration> next_due() const override;
  std::optional<duration> next_deadline() const override;

  result<task> find_task(const std::string& id) const override;
  result<page<task>> list_tasks(const page_request& request) const override;
  result<schedule> find_schedule(const std::string& id) const override;
  result<page<schedule>> list_schedules(const page_request& request) const override;
  result<job> find_job(const job_id& id) const override;
  result<page<job>> list_jobs(const job_filter& filter, const page_request& request) const override;
  result<page<job>> list_dead_letters(const page_request& request) const override;
  result<due_schedule> peek_schedule(const std::string& id) const override;
  result<page<past_definition>> list_past_definitions(const std::string& schedule_id,
                                                      const page_request& request) const override;
  result<page<skip>> list_skips(const std::string& schedule_id, const page_request& request) const override;
  result<page<quarantined_record>> list_quarantined(const page_request& request) const override;
  result<store_status> status() const override;
  result<void> clean_up() const override;
  void interrupt_clean_up() noexcept override;
  result<void> back_up(const std::string& folder) const override;
  result<check_report> check() const override;

private:
  keyed_store(std::unique_ptr<key_value_source> source, const store_config& config, entropy& random,
              zone_watch zone_data);

  // ---- lifecycle
  [[nodiscard]] result<void> reopen();
  /// Gives up the working set and the database; gives `why`.
  error drop(error why);
  [[nodiscard]] result<void> reserve_revisions();
  void quarantine_unreadable();
  void publish_counts();
  /// Starts a transition that changes something: its number.
  revision next_revision();
  /// Adds an event of the current transition. Valid until the next one.
  event& add_event(event_type type);
  event& add_job_event(event_type type, const job& what);
  /// Those of the batch, in their order.
  [[nodiscard]] std::vector<event> take_events();
  /// The database has failed: nothing of the batch may be committed any more.
  error lose_batch(error why);

  // ---- rebuild
  [[nodiscard]] result<void> rebuild();
  [[nodiscard]] result<void> check_format();
  [[nodiscard]] result<void> load_tasks();
  [[nodiscard]] result<void> load_nodes();
  [[nodiscard]] result<void> load_due_index();
  [[nodiscard]] result<void> load_dead_letters();
  [[nodiscard]] result<void> load_starts();
  [[nodiscard]] result<void> load_unfinished_jobs();
  /// At the first batch: what is ahead depends on the clock.
  void load_taken_ids();
  void load_job(std::string_view key, std::string_view record);

  // ---- records, as the writer sees them: what the batch changed, else what is committed
  [[nodiscard]] result<std::optional<std::string>> get(family where, std::string_view key);
  void quarantine(const unreadable_record& what);
  using schedule_entry = schedule_table::entry;
  /// Errors: ec::not_found; ec::store_corrupt, after the records went to quarantine.
  [[nodiscard]] result<schedule_entry*> load_schedule(const std::string& id);
  [[nodiscard]] result<schedule_entry*> load_schedule(revision incarnation);
  [[nodiscard]] result<schedule_entry*> load_schedule_records(std::string_view id_wanted, revision incarnation_wanted);
  [[nodiscard]] result<job*> load_job(const job_id& id);
  [[nodiscard]] result<job*> find_unexpired(const job_id& id);
  /// Reads a job that is to run, and those that were added after it and wait too, as they come next: many by one search.
  void load_line(const job_id& first);
  /// What `load()` gives; if the record went to quarantine, that there is none: its place is free.
  template <class Load>
  [[nodiscard]] static auto load_or_free(Load&& load) {
    auto found = load();
    const bool was_unreadable =
        !found && (found.err().code() == ec::store_corrupt || found.err().code() == ec::store_version);
    return was_unreadable ? load() : found;
  }

  // ---- tasks
  [[nodiscard]] result<std::vector<std::string>> schedules_of_task(const std::string& id);
  void cancel_jobs_of_task(task_slot own_slot, revision number);

  // ---- nodes
  void forget_nodes_of_old();
  void tell_other_zone_data(const node_description& of);
  void tell_drained();

  // ---- schedules
  [[nodiscard]] result<void> check_definition(const schedule_definition& what) const;
  [[nodiscard]] result<schedule> replace_schedule(schedule_entry& entry, const schedule_definition& what);
  void schedule_moved(schedule_entry& entry);
  void remove_schedule(schedule_entry& entry, event_type why);

  // ---- backfill
  [[nodiscard]] result<std::vector<revision>> incarnations_of(const schedule& what);
  /// The job of that fire time, of whichever incarnation; null: none is known.
  [[nodiscard]] result<job*> find_own_job(const schedule& what, const std::vector<revision>& incarnations,
                                          timestamp fire_time);
  /// What happened later hasn't expired.
  [[nodiscard]] timestamp history_is_whole_since() const;

  // ---- past definitions
  /// To be called before the definition is replaced or removed, or its trigger starts anew: it is kept as long as what it
  /// decided. One that has decided nothing leaves nothing.
  void keep_definition(const schedule_entry& entry);
  /// Whether a fire time was covered since the definition came into force.
  [[nodiscard]] bool has_decided(const schedule_entry& entry);
  /// Begins a batch: its time is what readers go by, and the database as far as it is recorded.
  void publish_time();
  /// Ends a batch: records from when on history is whole, if that changes, and up to when it may fall out, unless the batch
  /// is idle: nothing else is written then.
  [[nodiscard]] result<void> note_history(bool is_idle);
  /// Records that what has expired by now may fall out, and only then says so to the database: a clock that turns out to
  /// have been ahead is remembered by it. Any thread, while the database is open.
  [[nodiscard]] result<void> allow_expiry() const;
  /// Writes it. The caller holds the mutex.
  [[nodiscard]] result<void> put_history(const kept_history& what) const;

  /// Visits the schedules after the id `done_to`, in the order of their ids, as many as fit in one batch, and moves
  /// `done_to`. Whether these were the last ones. One that is added meanwhile may be left out; one that can't be read
  /// goes to quarantine.
  [[nodiscard]] result<bool> walk_schedules(std::string& done_to, const std::function<void(schedule_entry&)>& visit);

  // ---- clock
  /// Begins a batch: looks whether the wall clock was set since the last one, and what has to be done about it.
  void note_clock();
  /// Whether no schedule is silent because a clock was wrong; works towards it if not.
  [[nodiscard]] result<bool> settle_clock();
  void begin_anew_if_silent(schedule_entry& entry);
  void begin_anew(schedule_entry& entry);

  // ---- zone data
  /// Whether every schedule has the fire times of the zone data in use; works towards it if not.
  [[nodiscard]] result<bool> adopt_zone_data();
  /// Whether its next fire time has changed.
  bool retime(schedule_entry& entry);

  // ---- planning
  [[nodiscard]] due_schedule make_due(const schedule& what) const;
  [[nodiscard]] duration plan_ahead() const;
  [[nodiscard]] plan_basis basis_of(const schedule& what,
                                    const task* settings) const; ///< `settings`: its task's, null if it has gone
  [[nodiscard]] bool is_outdated(const fire_plan& plan, const schedule& what) const;
  /// The same without its jobs; `settings`: its task's, null if it has gone.
  [[nodiscard]] static due_schedule make_due(const schedule& what, const task* settings);
  [[nodiscard]] bool take_up_plannable(std::span<const std::string> kinds, std::size_t limit);
  void add_planned_jobs(std::vector<job> planned, revision number);
  void add_planned_skips(const fire_plan& plan, const std::string& task, revision number);

  // ---- jobs
  [[nodiscard]] static result<void> check_new_id(const job_id& id);
  [[nodiscard]] result<void> check_job(const job& what) const;
  const job& add_new_job(job&& what, revision number); ///< gives what is recorded; see job_table::find
  void make_pending(const job& what);
  void finish(job& what, job_outcome outcome, std::string error_text, revision number);
  void cancel_pending(job& what, std::string why, revision number);

  // ---- unique keys
  [[nodiscard]] result<void> check_unique(const std::optional<unique_key>& what) const;
  [[nodiscard]] result<std::optional<job_id>> unique_holder(const std::string& key);
  /// The job that has the key now; null: none has.
  [[nodiscard]] result<job*> find_unique(const std::string& key);
  void hold_unique_key(const job& what);
  void free_unique_key(const job& ended);

  // ---- follow-ups
  [[nodiscard]] result<void> check_follow_ups_of(const std::vector<follow_up>& all) const;
  /// Adds those of the jobs that have ended in this batch: later than the end itself, as that may be in the middle of a walk
  /// through the tables. Whether there were any.
  bool add_due_follow_ups();
  void ask_to_stop(job& what);

  // ---- dead letters. The caller has started a transition that changes the job.
  void add_dead_letter(job& what);
  void remove_dead_letter(job& what, std::string why);
  [[nodiscard]] waiting_job to_waiting(const job& what) const;
  /// The job isn't finished (any more): the limits of its task and its key have something to look at.
  void count_unfinished(const job& what);
  void uncount_unfinished(task_slot own_slot, std::uint32_t key, std::uint32_t rate);

  // ---- running
  [[nodiscard]] bool replace_older_processes(const lease_holder& holder);
  [[nodiscard]] bool is_turn_of_earliest() const;
  [[nodiscard]] std::vector<task_slot> fitting_slots(const demand& wanted);
  [[nodiscard]] std::optional<task_slot> next_runnable(const std::vector<task_slot>& fitting);
  [[nodiscard]] bool has_room(task_slot slot);
  /// Rates that have room again let go what waits for them.
  void open_rates();
  [[nodiscard]] std::optional<gate> closed_gate(const waiting_job& what);
  [[nodiscard]] result<job*> make_ready(task_slot slot, const waiting_job& taken, std::optional<revision>& number);
  void start_attempt(job& what, task_slot slot, const waiting_job& taken, const lease_holder& holder, revision number);
  void try_again(job& what, const finished_attempt& failed, const std::string& error_text, revision number);
  void end_attempt(const job_id& id);
  void look_again_at(revision incarnation);
  /// A job that was ready won't run now: the next of its kind takes its turn where a gate has room.
  void pass_on(task_slot slot, const waiting_job& what);
  void pass_on_rate(task_slot slot, const waiting_job& what);
  void lose_attempt(const job_id& id, std::string_view why);
  void end_without_outcome(job& what, std::string_view why);

  // ---- reading
  /// Calls `read(const key_value&)` while the database is open.
  template <class Read>
  [[nodiscard]] auto read_with(Read&& read) const -> decltype(read(std::declval<const key_value&>()));
  [[nodiscard]] timestamp read_now() const noexcept { return timestamp{duration{published_now_.load()}}; }
  [[nodiscard]] result<std::size_t> page_limit(const page_request& request) const;
  void suspect(family where, std::string_view key) const;

  std::unique_ptr<key_value_source> source_;
  store_config config_;
  entropy& random_;
  zone_watch zone_data_;

  // Readers share the gate while they read; reopening holds it alone.
  mutable std::shared_mutex gate_;
  std::unique_ptr<key_value> db_;   // null: not open
  std::optional<error> closed_why_; // while it isn't
  std::string store_id_;
  std::uint64_t process_ = 0; // taken at the first opening
  bool is_enrolled_ = false;  // the node of this process

  std::optional<working_set> live_;          // the writer's only
  clock_reading now_;                        // of the last batch
  std::optional<clock_reading> known_clock_; // of the last one that was committed

  mutable std::atomic<bool> has_cleaning_failed_{false}; // since the last batch

  // As recorded; none: by a version that didn't record it, or not open. The writer's, and a clean-up's.
  mutable std::mutex history_mutex_;
  mutable std::optional<kept_history> history_;

  // What readers see of the writer's memory, as of the last commit.
  std::atomic<std::int64_t> published_now_{0};
  std::atomic<std::uint64_t> schedule_count_{0}, pending_count_{0}, running_count_{0}, quarantined_count_{0};

  // Records that a reader couldn't read: the writer looks at them at the next batch.
  struct suspected {
    family where;
    std::string key;
  };
  mutable std::mutex suspects_mutex_;
  mutable std::vector<suspected> suspects_;
};

template <class Read>
auto keyed_store::read_with(Read&& read) const -> decltype(read(std::declval<const key_value&>())) {
  const std::shared_lock lock{gate_};
  if (!db_)
    return closed_why_ ? closed_why_->within("the store isn't open") : error{ec::unavailable, "the store isn't open"};
  return read(*db_);
}

} // namespace carillon::keyed
