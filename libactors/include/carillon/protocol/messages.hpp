#pragma once

#include "carillon/model/job_log.hpp"
#include "carillon/store/data_store.hpp"

#include <string>
#include <vector>

/// What the actors say to each other. Every request has exactly one answer, or an error of category `carillon` whose code
/// is an `ec`. Messages carry durations, never somebody else's time (decision 2). Within a process nothing is encoded;
/// on the wire model types travel as their records (decision 14).
namespace carillon {

/// Version of these messages; nodes that differ in it refuse each other.
inline constexpr std::uint32_t protocol_version = 4;

/// "Done", where there is nothing to tell.
struct done {};

// ---- store, for everyone
struct put_task {
  task what;
};
struct remove_task {
  std::string id;
  bool force = false;
};
struct add_schedule {
  schedule_definition what;
  conflict_policy on_conflict = conflict_policy::fail;
};
struct pause_schedule {
  std::string id;
};
struct resume_schedule {
  std::string id;
  bool has_from = false;
  timestamp from{};
};
struct remove_schedule {
  std::string id;
};
/// A direct job, as data_store::add_job takes it.
struct add_job {
  job what;
};
/// Many of them, committed together; each is added or refused for itself. Answered with `jobs_added`.
struct add_jobs {
  std::vector<job> jobs;
  bool tell_jobs = false; ///< the answer is to have them whole
};
/// What became of one of them.
struct added_job {
  job_id id;             ///< of the job that is there now: an earlier one's, if it is unique
  ec refused = ec::none; ///< else `why` says the rest
  std::string why;
};
struct jobs_added {
  std::vector<added_job> jobs; ///< one for each, in their order
  std::vector<job> whole;      ///< with `tell_jobs`: those that weren't refused
};
struct cancel_job {
  job_id id;
};
/// Answered with the new job.
struct run_schedule {
  std::string id;
  job_id new_id;
};
/// Answered with `backfill_progress`: go on from its `next`.
struct backfill_schedule {
  backfill what;
};
/// Answered with the new job.
struct rerun_job {
  job_id id;
  job_id new_id;
};
struct drop_dead_letter {
  job_id id;
};
/// Answered with `job_explanation`: only the store knows what its executors have offered.
struct explain_job {
  job_id id;
};
/// Answered with the finished job, or ec::timed_out after `limit`.
struct wait_for_job {
  job_id id;
  duration limit{};
};

// ---- store, for schedulers
/// Answered with `due_schedules`.
struct claim_due_schedules {
  std::size_t limit = 0;
  std::vector<std::string> kinds; ///< of custom triggers that it knows, ascending
};
struct commit_fire_plans {
  std::vector<fire_plan> plans;
};
/// One code for each plan: ec::none, or why it was refused (an expected race).
struct fire_plans_committed {
  std::vector<ec> refused;
};
/// A scheduler begins, or ends, its work: everybody is told by an event.
struct note_scheduler {
  std::string name;
  bool has_started = false;
};
/// The wall clock was set, or the machine has slept: what waits for a time is to be looked at again.
struct clock_changed {};
/// To a scheduler: ask again in `in`; something has become due earlier.
struct ring_in {
  duration in{};
};

// ---- store, for executors
struct offer_demand {
  demand level;
};
struct renew_leases {
  lease_holder holder;
  std::vector<attempt_id> held;
  revision seen_token = 0;
};
/// The attempts that are no longer the holder's: it must stop them.
struct leases_renewed {
  std::vector<attempt_id> lost;
};
/// Reports and the new demand in one: what was freed is handed out in the same batch.
struct report_attempts {
  std::vector<finished_attempt> finished;
  std::vector<attempt_id> released;
  demand level;
};
/// To an executor: run these; lease and fencing token are in each.
struct hand_out_jobs {
  std::vector<job> jobs;
};
/// To an executor: end these attempts.
struct stop_attempts {
  std::vector<attempt_id> attempts;
};

// ---- store, for the nodes of a cluster: see data_store
/// From the gate, when a node joins. Answered with `node_enrolled`.
struct enrol_node {
  node_description what;
  std::uint64_t process = 0;
};
struct node_enrolled {
  std::uint64_t process = 0;
};
/// From the gate.
struct note_zone_data {
  std::string name;
  std::string version;
};
struct note_node_gone {
  std::string name;
  bool in_order = false;
};
/// `hand_back`: what it runs is stopped, and begins elsewhere.
struct drain_node {
  std::string name;
  bool is_on = true;
  bool hand_back = false;
};
struct remove_node {
  std::string name;
};
/// Answered with `node_list`: by the store as it is recorded, by the gate with who is connected.
struct list_nodes {};
struct node_list {
  std::vector<node_status> nodes;
};
/// To an executor: end all attempts, and hand them back.
struct hand_back_jobs {};

// ---- store reader
struct find_task {
  std::string id;
};
struct list_tasks {
  page_request request;
};
struct find_schedule {
  std::string id;
};
struct list_schedules {
  page_request request;
};
struct find_job {
  job_id id;
};
struct list_jobs {
  job_filter filter;
  page_request request;
};
struct list_dead_letters {
  page_request request;
};
/// Answered with `schedule_explanation`: of the last `decisions` fire times, or ranges of them, and the next `coming`.
struct explain_schedule {
  std::string id;
  std::size_t decisions = 0;
  std::size_t coming = 0;
};
/// Answered with `schedule_preview`: what it would do now; of a paused one, what a resume from then would do.
struct preview_schedule {
  std::string id;
  bool has_resume_from = false;
  timestamp resume_from{};
  std::size_t coming = 0;
};
struct list_past_definitions {
  std::string schedule_id;
  page_request request;
};
struct list_skips {
  std::string schedule_id;
  page_request request;
};
struct list_quarantined {
  page_request request;
};
struct get_status {};
struct check_store {};
struct clean_up {};
struct back_up_store {
  std::string folder; ///< on the machine of the store
};

// ---- event broker
struct publish_events {
  std::vector<event> events;
};
/// To a subscriber, which confirms it with `acknowledge_events` of as many.
struct deliver_events {
  std::vector<event> events;
};
struct list_events {
  event_filter filter;
  page_request request;
};

// ---- job log
/// From an executor, which sends the next one when this is answered.
struct put_job_reports {
  std::vector<job_report> reports;
};
/// Answered with `job_log_page`: at most `limit` lines after number `after`, at once if anything is newer than that or nothing
/// follows, else when that is so, or after `wait` (at most `longest_log_wait`).
struct read_job_log {
  job_id id;
  std::uint64_t after = 0;
  std::size_t limit = 0;
  duration wait{};
};
inline constexpr duration longest_log_wait = std::chrono::seconds{30};

// ---- node: to the scheduler and the executor
struct begin_work {};
/// Take nothing new; answered when nothing runs any more. What still runs after `grace` is ended and handed back.
struct drain_work {
  duration grace{};
};

} // namespace carillon
