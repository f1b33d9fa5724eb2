#pragma once

#include "carillon/base/entropy.hpp"
#include "carillon/store/data_store.hpp"

#include "keyed/key_value.hpp"
#include "keyed/keys.hpp"
#include "keyed/working_set.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace carillon::keyed {

/// The data_store over a key_value: all the logic of the memory and the RocksDB store. Its members are spread over files by
/// subject: lifecycle, rebuild, records, tasks, schedules, zone_data, planning, jobs, running, reads, check.
///
/// A transition first looks at everything that can refuse it, then changes the working set, which can't fail. If the database
/// fails in between, the batch is lost: `commit` says so and the working set is dropped.
class keyed_store final : public data_store {
public:
  /// Opens and rebuilds. Errors: those of the source; ec::store_version; ec::store_corrupt.
  [[nodiscard]] static result<std::unique_ptr<data_store>> open(std::unique_ptr<key_value_source> source,
                                                                const store_config& config, entropy& random);
  ~keyed_store() override;

  result<void> begin(clock_reading now) override;
  result<commit_summary> commit() override;

  result<void> put_task(const task& what) override;
  result<void> remove_task(const std::string& id) override;

  result<schedule> add_schedule(const schedule_definition& what, conflict_policy on_conflict) override;
  result<schedule> pause_schedule(const std::string& id) override;
  result<schedule> resume_schedule(const std::string& id, std::optional<timestamp> from) override;
  result<void> remove_schedule(const std::string& id) override;

  result<due_schedules> claim_due_schedules(std::size_t limit) override;
  result<void> commit_fire_plan(const fire_plan& plan) override;

  result<job> add_job(const job& what) override;
  result<job> cancel_job(const job_id& id) override;

  result<std::vector<job>> hand_out_jobs(const demand& wanted, std::size_t limit) override;
  result<std::vector<attempt_id>> renew_leases(const lease_holder& holder, std::span<const attempt_id> held,
                                               revision seen_token) override;
  result<void> finish_attempt(const finished_attempt& what) override;
  result<void> release_attempt(const attempt_id& attempt) override;
  result<void> expire_leases() override;

  std::optional<duration> next_due() const override;
  std::optional<duration> next_deadline() const override;

  result<task> find_task(const std::string& id) const override;
  result<page<task>> list_tasks(const page_request& request) const override;
  result<schedule> find_schedule(const std::string& id) const override;
  result<page<schedule>> list_schedules(const page_request& request) const override;
  result<job> find_job(const job_id& id) const override;
  result<page<job>> list_jobs(const job_filter& filter, const page_request& request) const override;
  result<page<skip>> list_skips(const std::string& schedule_id, const page_request& request) const override;
  result<page<quarantined_record>> list_quarantined(const page_request& request) const override;
  result<store_status> status() const override;
  result<check_report> check() const override;

private:
  keyed_store(std::unique_ptr<key_value_source> source, const store_config& config, entropy& random);

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
  /// The database has failed: nothing of the batch may be committed any more.
  error lose_batch(error why);

  // ---- rebuild
  [[nodiscard]] result<void> rebuild();
  [[nodiscard]] result<void> check_format();
  [[nodiscard]] result<void> load_tasks();
  [[nodiscard]] result<void> load_due_index();
  [[nodiscard]] result<void> load_unfinished_jobs();
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
  /// What `load()` gives; if the record went to quarantine, that there is none: its place is free.
  template <class Load>
  [[nodiscard]] static auto load_or_free(Load&& load) {
    auto found = load();
    return !found && found.err().code() == ec::store_corrupt ? load() : found;
  }

  // ---- schedules
  [[nodiscard]] result<void> check_definition(const schedule_definition& what) const;
  [[nodiscard]] result<schedule> replace_schedule(schedule_entry& entry, const schedule_definition& what);
  void schedule_moved(schedule_entry& entry);
  void remove_schedule(schedule_entry& entry, event_type why);

  // ---- zone data
  /// Whether every schedule has the fire times of the zone data in use; works towards it if not.
  [[nodiscard]] result<bool> adopt_zone_data();
  /// Whether its next fire time has changed.
  bool retime(schedule_entry& entry);

  // ---- planning
  [[nodiscard]] due_schedule make_due(const schedule& what) const;
  void add_planned_jobs(const fire_plan& plan, revision number);
  void add_planned_skips(const fire_plan& plan, revision number);

  // ---- jobs
  [[nodiscard]] result<void> check_job(const job& what) const;
  void add_new_job(job what, revision number);
  void make_pending(const job& what);
  void finish(job& what, job_outcome outcome, std::string error_text, revision number);
  void ask_to_stop(job& what);
  [[nodiscard]] waiting_job to_waiting(const job& what) const;

  // ---- running
  [[nodiscard]] bool replace_older_processes(const lease_holder& holder);
  [[nodiscard]] std::vector<task_slot> fitting_tasks(const demand& wanted) const;
  [[nodiscard]] std::optional<task_slot> next_runnable(const std::vector<task_slot>& tasks);
  [[nodiscard]] bool has_room(task_slot slot) const;
  [[nodiscard]] result<job*> take_runnable(task_slot slot, std::optional<revision>& number);
  void start_attempt(job& what, task_slot slot, const lease_holder& holder, revision number);
  void end_attempt(const job_id& id, revision incarnation);
  void let_next_run(revision incarnation);
  void lose_attempt(const job_id& id, std::string_view why);

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

  // Readers share the gate while they read; reopening holds it alone.
  mutable std::shared_mutex gate_;
  std::unique_ptr<key_value> db_;   // null: not open
  std::optional<error> closed_why_; // while it isn't
  std::string store_id_;

  std::optional<working_set> live_; // the writer's only
  clock_reading now_;               // of the last batch

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

} // namespace carillon::keyed
