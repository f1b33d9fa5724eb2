#pragma once

#include "api/target.hpp"

#include "carillon/runtime/node.hpp"
#include "carillon/trigger/defaults.hpp"

namespace carillon::app {

// What the control API is asked, read from JSON and from query parameters. Unknown fields and parameters are refused. Errors:
// ec::invalid_argument, the text beginning with the name of the field; those of the trigger's codec.

/// A number of seconds, or a text as `parse_duration` reads it; not negative.
[[nodiscard]] result<duration> parse_length_of_time(const value& x);

struct schedule_request {
  schedule_definition definition;
  conflict_policy on_conflict = conflict_policy::fail;
};

/// A schedule to add. `defaults` fill in what its trigger leaves out.
[[nodiscard]] result<schedule_request> parse_schedule_request(const value& body, const trigger_defaults& defaults);

/// A job to add.
[[nodiscard]] result<job_request> parse_job_request(const value& body);

/// From what on a schedule is resumed: the field `from`, if any; the body may be null.
[[nodiscard]] result<std::optional<timestamp>> parse_resume_request(const value& body);

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

/// How long to wait for a job: the parameter `limit`, as `parse_duration` reads it; `longest` if there is none, and at most.
[[nodiscard]] result<duration> parse_wait_limit(const target& from, duration longest);

} // namespace carillon::app
