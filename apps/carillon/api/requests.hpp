#pragma once

#include "api/target.hpp"

#include "carillon/runtime/node.hpp"
#include "carillon/trigger/defaults.hpp"

namespace carillon::app {

// What the control API is asked, read from JSON and from query parameters. Unknown fields and parameters are refused. Errors:
// ec::invalid_argument, the text beginning with the name of the field; those of the trigger's codec.

/// A number of seconds, or a text as `parse_duration` reads it; not negative.
[[nodiscard]] result<duration> parse_length_of_time(const value& x);

/// When a job that failed is tried again; without a `max_delay` it is as long as `delay` if that is longer than usual.
[[nodiscard]] result<retry_policy> parse_retry_policy(const value& x);

struct schedule_request {
  schedule_definition definition;
  conflict_policy on_conflict = conflict_policy::fail;
};

/// A schedule to add. `defaults` fill in what its trigger leaves out.
[[nodiscard]] result<schedule_request> parse_schedule_request(const value& body, const trigger_defaults& defaults);

/// The same where one of that id is recorded. What is said again in the same words means the recorded one, also if they leave out
/// where the trigger starts: a recorded start that lies behind is the `now` of that time. `paused` is what this request says.
[[nodiscard]] result<schedule_request> parse_schedule_request(const value& body, const trigger_defaults& defaults,
                                                              const schedule_definition& recorded);

/// A job to add.
[[nodiscard]] result<job_request> parse_job_request(const value& body);

/// Which settings of a task to change. Of each: none: it stays as it is; an empty one: back to what a task has that says nothing
/// about it.
struct task_changes {
  std::optional<std::optional<std::string>> runner;
  std::optional<std::optional<std::uint32_t>> max_running_jobs;
  std::optional<std::optional<start_rate>> rate;
  std::optional<std::optional<duration>> misfire_grace_time, time_limit, result_expiration;
  std::optional<std::optional<loss_policy>> on_loss;
  std::optional<std::optional<retry_policy>> retry;
  std::optional<std::optional<std::vector<std::string>>> labels;
  std::optional<std::optional<value::map>> metadata;

  void apply(task& to) const;
};
/// `id`: the one in the path.
[[nodiscard]] result<task_changes> parse_task_request(const value& body, const std::string& id);

/// `force`: true or false, which it is if it isn't given.
[[nodiscard]] result<bool> parse_force(const target& from);

/// From what on a schedule is resumed: the field `from`, if any; the body may be null.
[[nodiscard]] result<std::optional<timestamp>> parse_resume_request(const value& body);

/// An explanation of a schedule: `limit` (how many decisions, 20 if not given) and `coming` (how many fire times, 5).
struct explanation_request {
  std::size_t decisions = 20;
  std::size_t coming = 5;
};
[[nodiscard]] result<explanation_request> parse_explanation_request(const target& from);

/// A preview of a schedule: `from` (as for a resume) and `coming`.
struct preview_request {
  std::optional<timestamp> from;
  std::size_t coming = 5;
};
[[nodiscard]] result<preview_request> parse_preview_request(const target& from);
/// A backfill of the schedule with this id: `from`, `to` (not given: `now`), `id`, `which`, `overlap`, `max_running_jobs`, `priority`.
/// Without `id` its id is nil.
[[nodiscard]] result<backfill> parse_backfill_request(const value& body, std::string schedule_id, timestamp now);
/// Whether what runs is handed back: the field `hand_back`, if any; the body may be null.
[[nodiscard]] result<bool> parse_drain_request(const value& body);
/// The new job's id: the field `id`, if any; the body may be null.
[[nodiscard]] result<std::optional<job_id>> parse_new_id_request(const value& body, const char* what);

/// Where a backup is made: `folder`, an absolute path.
[[nodiscard]] result<std::string> parse_backup_request(const value& body);

/// `limit` and `after`.
[[nodiscard]] result<page_request> parse_page_request(const target& from);

/// A page of jobs: `schedule_id`, `task`, `state` and those of a page.
struct job_list_request {
  job_filter filter;
  page_request page;
};
[[nodiscard]] result<job_list_request> parse_job_list_request(const target& from);

/// Events: any number of `type`, `schedule_id`, `task`, `since` (a number), and `limit`.
struct event_request {
  event_filter filter;
  std::optional<revision> since;
  page_request page;
};
[[nodiscard]] result<event_request> parse_event_request(const target& from);

/// A stream of events: the same without `limit`, and when it ends: after `count` events, or `timeout`.
struct event_stream_request {
  event_filter filter;
  std::optional<revision> since;
  std::optional<std::uint64_t> count; ///< >= 1; none: it doesn't end by that
  std::optional<duration> timeout;
};
[[nodiscard]] result<event_stream_request> parse_event_stream_request(const target& from);

/// How long to wait for a job: the parameter `limit`, as `parse_duration` reads it; `longest` if there is none, and at most.
[[nodiscard]] result<duration> parse_wait_limit(const target& from, duration longest);

/// What a job has said: `after` (a number), `limit` (1 to 1000), and `wait`, as a length of time, `longest` at most.
struct job_log_request {
  std::uint64_t after = 0;
  std::size_t limit = 100;
  duration wait{};
};
[[nodiscard]] result<job_log_request> parse_job_log_request(const target& from, duration longest);

} // namespace carillon::app
