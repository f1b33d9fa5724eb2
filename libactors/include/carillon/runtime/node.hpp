#pragma once

#include "carillon/model/backfill.hpp"
#include "carillon/model/cluster_node.hpp"
#include "carillon/model/event.hpp"
#include "carillon/model/explanation.hpp"
#include "carillon/model/job.hpp"
#include "carillon/model/job_log.hpp"
#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"
#include "carillon/runner/http_runner.hpp"
#include "carillon/runner/typed_task.hpp"
#include "carillon/runtime/cluster_config.hpp"
#include "carillon/runtime/pending.hpp"
#include "carillon/store/store_types.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

class data_store;    // store/data_store.hpp
class runner;        // runner/runner.hpp
struct node_handles; // node_handles.hpp, with CAF

/// What a task is recorded with where its own settings don't say. A task without a limit under such a default says a very large
/// one: 10,000 years is the longest that any length of time may be.
struct task_defaults {
  std::optional<std::uint32_t> max_running_jobs{}; ///< >= 1; none: unlimited
  std::optional<duration> misfire_grace_time{};    ///< none: never too late
  std::optional<duration> time_limit{};            ///< none: unlimited
  std::optional<duration> result_expiration{};     ///< none: as `task` has it
  value::map metadata{};                           ///< below the task's own, by top-level key
};

/// Of node_config::slots and node_config::threads.
inline constexpr std::size_t most_slots = 1'000'000;

/// What a node is opened with. As it is: a node by itself that plans and runs, with a store in memory.
struct node_config {
  /// Identity of this node (see check_id). A process with the same identity frees what the one before it held. Empty: made
  /// once for the data folder, and kept in its file `node-id`; for a store in memory made anew. `node::config` tells it.
  std::string name{};
  /// Of the RocksDB store, and of what else the node keeps; one process at a time. Empty: a store in memory, gone with the process.
  std::string data_folder{};
  /// Of a node that joins another only the `bounds` count: the rest is that store's.
  store_config store{.plan_ahead = std::chrono::milliseconds{100}};
  /// Opens a store of your own (store/key_value.hpp) in place of these two. It is never called by a node that joins another.
  std::function<result<std::unique_ptr<data_store>>(const store_config&)> open_store{};
  bool scheduler = true;             ///< role: decides what becomes of fire times
  bool worker = true;                ///< role: runs jobs. With neither role it is used as a client only.
  cluster_config cluster{};          ///< one of several nodes; as it is: alone
  std::vector<std::string> labels{}; ///< that this node's worker offers: tasks may require some
  task_defaults defaults{};          ///< of the tasks that this node records first
  std::size_t slots = 0;   ///< jobs at once on this node, up to most_slots; 0: 4 for each processor, at least 16
  std::size_t threads = 0; ///< of the runner `thread_pool`, up to most_slots; 0: as many as slots
  /// argv that makes this program call `run_command_launcher` (with the descriptor's number appended). Empty: the
  /// `command` runner is off.
  std::vector<std::string> command_launcher{};
  std::optional<http_runner_config> http{};          ///< none: the `http` runner is off
  duration request_limit = std::chrono::seconds{30}; ///< time limit of each request
  duration stop_grace = std::chrono::seconds{10};    ///< how long `stop` lets running jobs end by themselves
  /// Called once, on one of the node's threads, if a part of the node ends by a fault of Carillon's (ec::internal): every
  /// request is answered with ec::unavailable from then on, and all that is left is to `stop` it, elsewhere.
  std::function<void(const error&)> on_failure{};
};

/// What a job is added with.
struct job_request {
  std::string task{};         ///< by name; a recorded one
  value arguments{};          ///< as its code takes them: of a callable with typed parameters a list (see `arguments`)
  std::optional<job_id> id{}; ///< none: a new one. The same id twice adds one job.
  std::optional<timestamp> not_before{};       ///< none: now
  std::optional<timestamp> start_deadline{};   ///< of the first attempt: then it is too late; none: never
  std::optional<duration> time_limit{};        ///< none: the task's
  std::optional<duration> result_expiration{}; ///< none or 0: the task's
  std::optional<retry_policy> retry{};         ///< none: the task's
  std::optional<concurrency_limit> limit{};    ///< beside the task's
  std::optional<rate_limit> rate{};            ///< beside the task's
  std::int32_t priority = 0;                   ///< see lowest_priority
  std::optional<unique_key> unique{};          ///< the job that is answered may be an earlier one, with another id
  std::vector<follow_up> follow_ups{};         ///< jobs that are added when this one has its outcome
  std::string runner{};                        ///< empty: the task's
  value::map metadata{};                       ///< over the task's
};

/// Ends its subscription when destroyed: a call that is under way is waited for, unless this is within it. Movable.
class subscription {
public:
  subscription() noexcept = default; ///< to nothing
  /// `end`, if there is one, is called once, by the destructor of the object that holds it then.
  explicit subscription(std::function<void()> end) : end_(std::move(end)) {}
  /// `other` is one to nothing afterwards.
  subscription(subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  /// They change places: what this one held ends with `other`.
  subscription& operator=(subscription&& other) noexcept {
    std::swap(end_, other.end_);
    return *this;
  }
  ~subscription() {
    if (end_)
      end_();
  }

private:
  std::function<void()> end_;
};

/// One Carillon node inside your program: store, scheduler, executor and event broker as actors behind plain functions.
/// Every member may be called from any thread. Requests give a `pending<T>`: `.get()` blocks, `.then(f)` calls back.
///
///     auto node = carillon::node::open({.data_folder = "data"}).or_throw();
///     node.register_task("greet", [](const std::string& name) { return "hello " + name; });
///     node.start();
class node {
public:
  /// Opens the store, or finds that of the node that it joins within `request_limit`, and starts the actors; nothing fires or runs
  /// before `start`. When a store of another node is lost, requests answer ec::unavailable until it is found again, which goes on
  /// in the background; what isn't answered then may have been done. Errors: those of open_rocksdb_store; ec::invalid_argument
  /// for a bad configuration, a bad file `node-id`, or one of cluster_config's; ec::unavailable: it can't listen, or the store isn't
  /// found; ec::conflict: that store's node is of another cluster or version.
  [[nodiscard]] static result<node> open(node_config config);

  /// What `open` would refuse before it makes or opens anything: the settings, what is in the data folder's place, and last the
  /// cluster's three files. Errors: those of `open` for these.
  [[nodiscard]] static result<void> check(node_config config);

  node(node&&) noexcept;            ///< the other one can only be destroyed, or assigned to, afterwards
  node& operator=(node&&) noexcept; ///< they change places: what this one was stops with the other
  ~node();                          ///< stops

  /// Gives a task this node's code, any callable that `make_task_function` takes, and records its settings: what `settings`
  /// say counts, and what they don't say stays as it is recorded (by an earlier program, or by `configure_task`) or, in a
  /// task that isn't, is as the node's defaults say. The runner is always said. Any other setting that is none, empty, or has its
  /// default value isn't. Also while running; registering again replaces the code. Blocks. Errors: ec::invalid_argument, store errors.
  template <class F>
  result<void> register_task(task settings, F code) {
    task_function function = make_task_function(std::move(code));
    return register_task_function(std::move(settings), std::move(function));
  }
  /// The same, and nothing is said about its settings.
  template <class F>
  result<void> register_task(std::string id, F code) {
    task settings;
    settings.id = std::move(id);
    settings.runner.clear();
    return register_task(std::move(settings), std::move(code));
  }

  /// A runner of your own: tasks, schedules and jobs may name it from now on, by `runner::name`. Before `start`; a node without
  /// the role worker only learns the name. It gets all the attempts that it was given to their end when the node stops, which waits for that, and
  /// is told nothing afterwards. Errors: ec::invalid_argument (no runner, a bad name), ec::conflict (a name that is taken,
  /// also one of Carillon's), ec::wrong_state (after `start`).
  result<void> register_runner(std::shared_ptr<runner> one);

  /// Begins to fire and to run jobs, in the background. Errors: what a runner's `open` says, such as leftovers of an earlier process that
  /// can't be ended; ec::timed_out after a minute.
  result<void> start();
  /// `start`, then blocks until `stop` is called from elsewhere, or the node fails (ec::internal).
  result<void> run();
  /// Takes no new work, gives running jobs `stop_grace`, ends the rest (their jobs run again at the next start, but see loss_policy), closes
  /// the store. Blocks until that is done, a second call too. Not from a task, nor from what `pending::then` or `subscribe` calls, nor
  /// from `on_failure`: it waits for the threads that run them. All this is true of the destructor too.
  void stop();

  // ---- tasks
  /// Changes the recorded settings of a task, whichever nodes have its code: `change` gets those recorded, or, if there are
  /// none, those of a new task by this node's defaults. It is called on one of the node's threads, and again
  /// if somebody else changes them meanwhile. Gives what is recorded then. Errors: ec::invalid_argument, store errors.
  pending<task> configure_task(const std::string& id, const std::function<void(task&)>& change);
  pending<task> find_task(std::string id) const;                   ///< its recorded settings. ec::not_found
  pending<page<task>> list_tasks(page_request request = {}) const; ///< by name
  /// With `force` its schedules and pending jobs go along.
  pending<void> remove_task(std::string id, bool force = false);

  // ---- schedules: see data_store for the meaning of each
  /// Arguments that don't fit the task's code on this node are ec::invalid_argument, and name the argument.
  pending<schedule> add_schedule(schedule_definition what, conflict_policy on_conflict = conflict_policy::fail);
  /// None of its fire times is decided until it is resumed. Pausing a paused one is success. ec::not_found.
  pending<schedule> pause_schedule(std::string id);
  /// Fire times before `from` (none: now) are skipped as `paused`; the rest is caught up. ec::not_found.
  pending<schedule> resume_schedule(std::string id, std::optional<timestamp> from = std::nullopt);
  pending<void> remove_schedule(std::string id); ///< its jobs stay. ec::not_found
  /// Runs a schedule now, paused or not: a job `new_id` beside those of its fire times, which obeys its limits. The same
  /// `new_id` twice adds one job. ec::not_found, ec::conflict, ec::limit_exceeded.
  pending<job> run_schedule(std::string id, std::optional<job_id> new_id = std::nullopt);
  /// Adds jobs for fire times that lie behind, as many as fit in one batch: go on with the same `id` from the answer's `next`
  /// until there is none. A `what.id` that isn't set is made; the answer has it.
  pending<backfill_progress> backfill_schedule(backfill what);
  pending<schedule> find_schedule(std::string id) const; ///< ec::not_found, also of one that has finished
  pending<page<schedule>> list_schedules(page_request request = {}) const; ///< by id
  /// Why it fired, or didn't, at each of its last fire times, and what comes next.
  pending<schedule_explanation> explain_schedule(std::string id, std::size_t decisions = 20,
                                                 std::size_t coming = 5) const;
  /// What it would do now; of a paused one: if it were resumed with `resume_from`. Changes nothing.
  pending<schedule_preview> preview_schedule(std::string id, std::optional<timestamp> resume_from = std::nullopt,
                                             std::size_t coming = 5) const;
  /// What its settings were, of all its incarnations, the newest first.
  pending<page<past_definition>> list_past_definitions(std::string schedule_id, page_request request = {}) const;
  /// Fire times that got no job, and why, the newest first; `schedule_id` empty: of all schedules.
  pending<page<skip>> list_skips(std::string schedule_id, page_request request = {}) const;

  // ---- jobs
  /// As with add_schedule, arguments are checked if the task's code is on this node; those of a task of other nodes are
  /// when they get there, and the job ends as deserialization_failed.
  pending<job> add_job(job_request what);
  /// Many at once, for those who add many: one message, and one commit, instead of as many. Each is added, or refused for itself
  /// with the errors of add_job; the answer has the id of each in their order, an earlier job's where it is unique.
  /// ec::limit_exceeded above `limits::batch_items` or `batch_size_bytes`: then nothing is added.
  pending<std::vector<result<job_id>>> add_jobs(std::vector<job_request> what);
  /// A pending job ends as cancelled; a running one is asked to stop, each time again, and the answer doesn't wait for
  /// its end. Cancelling twice is success. ec::not_found; ec::wrong_state when it is finished otherwise.
  pending<job> cancel_job(job_id id);
  pending<job> find_job(job_id id) const; ///< ec::not_found, also when its history has expired
  /// The job, and what it waits for: its time, a worker that offers its task, a free slot, or its turn.
  pending<job_explanation> explain_job(job_id id) const;
  /// Those that the filter lets through, the newest first.
  pending<page<job>> list_jobs(job_filter filter = {}, page_request request = {}) const;
  /// Jobs whose attempts are spent, the newest first: to be looked into, run again, or dropped.
  pending<page<job>> list_dead_letters(page_request request = {}) const;
  /// The job is none any more, and its history ends as any other's. The same again is success. ec::not_found;
  /// ec::wrong_state when it never was one.
  pending<job> drop_dead_letter(job_id id);
  /// A new job like `id`, which is finished. Repeat a request with the same `new_id`, and one job is added.
  pending<job> rerun_job(job_id id, std::optional<job_id> new_id = std::nullopt);
  /// The finished job. ec::timed_out if it hasn't finished after `limit` (>= 0).
  pending<job> wait_for_job(job_id id, duration limit) const;

  /// What a job has said of itself: its progress, and at most `limit` lines after number `after`. At once if anything is
  /// newer than that, or nothing follows; else when that is so, or after `wait` (at most 30 s). To follow a job, ask again after
  /// the page's `next` until it has `ended`. ec::not_found for a job that isn't known.
  pending<job_log_page> job_log(job_id id, std::uint64_t after = 0, std::size_t limit = 1'000,
                                duration wait = duration{0}) const;

  // ---- events
  /// Calls `deliver` on one of the node's threads for each matching event after number `since` (none: from now on), in
  /// commit order. A subscriber that falls behind by more than the broker keeps gets one `events_lost`. What `deliver` throws is logged,
  /// and it goes on with the next event.
  [[nodiscard]] subscription subscribe(event_filter filter, std::function<void(const event&)> deliver,
                                       std::optional<revision> since = std::nullopt);
  /// The first matching event after number `since` (none: from now on). ec::timed_out if there is none within `limit`
  /// (>= 0). If what it would have been may be gone already, that is the event `events_lost`: read the state.
  pending<event> next_event(event_filter filter, duration limit, std::optional<revision> since = std::nullopt) const;
  /// Events that the broker still has, oldest first, after the number `request.after` (empty: all of them). A page may exceed its limit,
  /// as events of one number aren't parted. Errors: see page_request.
  pending<page<event>> list_events(event_filter filter, page_request request = {}) const;

  // ---- the node itself
  pending<store_status> status() const; ///< of the store that it uses, and how much is in it

  // ---- the nodes of the cluster, this one too
  /// All that have joined and aren't removed, by name.
  pending<std::vector<node_status>> list_nodes() const;
  /// The node gets no jobs from now on, also after a restart, until it is resumed; its scheduler goes on. What it runs may end or, with
  /// `hand_back`, is stopped and begins elsewhere, if it does as it is told. An event `node_drained` says that nothing runs there any
  /// more. ec::not_found.
  pending<void> drain_node(std::string name, bool hand_back = false);
  /// It gets jobs again. ec::not_found.
  pending<void> resume_node(std::string name);
  /// Nothing is known of it any more. ec::not_found; ec::wrong_state while it is connected.
  pending<void> remove_node(std::string name);

  // ---- the store
  /// Records that couldn't be read, and were put aside.
  pending<page<quarantined_record>> list_quarantined(page_request request = {}) const;
  /// What has expired leaves the disk now instead of some time later.
  pending<void> clean_up();
  /// Makes a backup of this node's store in a folder that isn't there yet (data_store::back_up), while everything goes on.
  /// Errors: also ec::unsupported for a node that joins another, whose store it is.
  pending<void> back_up(std::string folder) const;
  /// Reads the whole store and checks it (data_store::check). Takes seconds for each million records.
  pending<check_report> check_store() const;
  /// What it was opened with; `name`, `slots` and `threads` as they were chosen. Lives as long as the node.
  [[nodiscard]] const node_config& config() const noexcept;

private:
  friend node_handles handles_of(const node& of);
  struct implementation;
  explicit node(std::unique_ptr<implementation> body) noexcept;
  result<void> register_task_function(task settings, task_function code);

  std::unique_ptr<implementation> body_;
};

} // namespace carillon
#pragma GCC visibility pop
