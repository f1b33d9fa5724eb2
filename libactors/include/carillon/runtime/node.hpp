#pragma once

#include "carillon/model/event.hpp"
#include "carillon/model/job.hpp"
#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"
#include "carillon/runner/typed_task.hpp"
#include "carillon/runtime/pending.hpp"
#include "carillon/store/data_store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

struct node_config {
  std::string name = "node"; ///< identity of this node's executor: the same after a restart (see check_id)
  std::string data_folder;   ///< of the RocksDB store; empty: a store in memory, gone with the process
  store_config store;
  std::size_t slots = 0;   ///< jobs at once on this node; 0: 4 for each processor, at least 16
  std::size_t threads = 0; ///< of the runner `thread_pool`; 0: as many as slots
  /// argv that makes this program call `run_command_launcher` (with the descriptor's number appended). Empty: the
  /// `command` runner is off.
  std::vector<std::string> command_launcher;
  duration request_limit = std::chrono::seconds{30}; ///< time limit of each request
  duration stop_grace = std::chrono::seconds{10};    ///< how long `stop` lets running jobs end by themselves
  /// Called once, on one of the node's threads, if a part of the node ends by a fault of Carillon's (ec::internal): every
  /// request is answered with ec::unavailable from then on, and all that is left is to `stop` it, elsewhere.
  std::function<void(const error&)> on_failure;
};

/// What a job is added with.
struct job_request {
  std::string task;
  value arguments;
  std::optional<job_id> id;            ///< none: a new one. The same id twice adds one job.
  std::optional<timestamp> not_before; ///< none: now
  std::optional<timestamp> start_deadline;
  std::optional<duration> time_limit;        ///< none: the task's
  std::optional<duration> result_expiration; ///< none: the task's
  value::map metadata;
};

/// Ends its subscription when destroyed. Movable.
class subscription {
public:
  subscription() noexcept = default;
  explicit subscription(std::function<void()> end) : end_(std::move(end)) {}
  subscription(subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
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
  /// Opens the store and starts the actors; nothing fires or runs before `start`.
  /// Errors: those of open_rocksdb_store; ec::invalid_argument for a bad configuration.
  [[nodiscard]] static result<node> open(node_config config);

  node(node&&) noexcept;
  node& operator=(node&&) noexcept;
  ~node(); ///< stops

  /// Records the task's settings and gives it this node's code: any callable that `make_task_function` takes. Also while
  /// running; registering again replaces both. Blocks. Errors: ec::invalid_argument, store errors.
  template <class F>
  result<void> register_task(task settings, F code) {
    return register_task_function(std::move(settings), make_task_function(std::move(code)));
  }
  template <class F>
  result<void> register_task(std::string id, F code) {
    task settings;
    settings.id = std::move(id);
    return register_task(std::move(settings), std::move(code));
  }

  /// Begins to fire and to run jobs, in the background. Errors: leftovers of an earlier process that can't be ended.
  result<void> start();
  /// `start`, then blocks until `stop` is called from elsewhere, or the node fails (ec::internal).
  result<void> run();
  /// Takes no new work, gives running jobs `stop_grace`, ends the rest (their jobs run again at the next start), closes
  /// the store. Blocks; a second call returns at once. May be called from a callback of another thread, not from a task.
  void stop();

  // ---- tasks
  pending<task> find_task(std::string id) const;
  pending<page<task>> list_tasks(page_request request = {}) const;

  // ---- schedules: see data_store for the meaning of each
  pending<schedule> add_schedule(schedule_definition what, conflict_policy on_conflict = conflict_policy::fail);
  pending<schedule> pause_schedule(std::string id);
  pending<schedule> resume_schedule(std::string id, std::optional<timestamp> from = std::nullopt);
  pending<void> remove_schedule(std::string id);
  pending<schedule> find_schedule(std::string id) const;
  pending<page<schedule>> list_schedules(page_request request = {}) const;
  pending<page<skip>> list_skips(std::string schedule_id, page_request request = {}) const;

  // ---- jobs
  pending<job> add_job(job_request what);
  pending<job> cancel_job(job_id id);
  pending<job> find_job(job_id id) const;
  pending<page<job>> list_jobs(job_filter filter = {}, page_request request = {}) const;
  /// The finished job. ec::timed_out if it hasn't finished after `limit` (>= 0).
  pending<job> wait_for_job(job_id id, duration limit) const;

  // ---- events
  /// Calls `deliver` on one of the node's threads for each matching event after number `since` (none: from now on), in
  /// commit order. A subscriber that falls behind by more than the broker keeps gets one `events_lost`.
  [[nodiscard]] subscription subscribe(event_filter filter, std::function<void(const event&)> deliver,
                                       std::optional<revision> since = std::nullopt);
  /// Events that the broker still has, oldest first, after number `since`; the cursor of the page is a number.
  pending<page<event>> list_events(event_filter filter, page_request request = {}) const;

  // ---- the node itself
  pending<store_status> status() const;
  pending<page<quarantined_record>> list_quarantined(page_request request = {}) const;
  /// Reads the whole store and checks it (data_store::check). Takes seconds for each million records.
  pending<check_report> check_store() const;
  [[nodiscard]] const node_config& config() const noexcept;

private:
  struct implementation;
  explicit node(std::unique_ptr<implementation> body) noexcept;
  result<void> register_task_function(task settings, task_function code);

  std::unique_ptr<implementation> body_;
};

} // namespace carillon
