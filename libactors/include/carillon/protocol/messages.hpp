#pragma once

#include "carillon/model/job_log.hpp"
#include "carillon/store/data_store.hpp"

#include <string>
#include <vector>

#pragma GCC visibility push(default)
/// @file
/// What the actors say to each other. Every request has exactly one answer, or an error of category `carillon` whose code
/// is an `ec`. Messages carry durations, never somebody else's time (decision 2). Within a process nothing is encoded;
/// on the wire model types travel as their records (decision 14).
namespace carillon {

/// Version of these messages; nodes that differ in it refuse each other.
inline constexpr std::uint32_t protocol_version = 5;

/// "Done", where there is nothing to tell.
struct done {};

// ---- store, for everyone
/// Adds a task, or gives the one that there is these settings. Answered with `done`. ec::stale_revision,
/// ec::invalid_argument, ec::limit_exceeded.
struct put_task {
  task what{}; ///< `changed` other than 0: the revision that these settings were made of
};
/// Removes a task. Answered with `done`. ec::not_found, ec::conflict.
struct remove_task {
  std::string id{}; ///< of the task
  /// Its schedules go along, and its pending jobs end as cancelled: only a job that runs is a conflict then.
  bool force = false;
};
/// Adds a schedule; the same again is success. Answered with the `schedule` that is there now. ec::conflict,
/// ec::unknown_task, ec::invalid_argument, ec::limit_exceeded; those of its trigger.
struct add_schedule {
  schedule_definition what{};                          ///< with the id that it is to have
  conflict_policy on_conflict = conflict_policy::fail; ///< if a schedule of that id has other content
};
/// It fires no more until it is resumed; one that is paused stays as it is. Answered with the `schedule`.
/// ec::not_found.
struct pause_schedule {
  std::string id{}; ///< of the schedule
};
/// It fires again: earlier fire times than `from` are skipped, the others caught up. One that isn't paused stays as it
/// is. Answered with the `schedule`. ec::not_found.
struct resume_schedule {
  std::string id{};      ///< of the schedule
  bool has_from = false; ///< false: from now on
  timestamp from{};      ///< looked at with `has_from` only
};
/// Removes a schedule; its jobs stay. Answered with `done`. ec::not_found.
struct remove_schedule {
  std::string id{}; ///< of the schedule
};
/// A direct job, as data_store::add_job takes it, with its errors. Answered with the `job` that is there now: an
/// earlier one, if it is unique.
struct add_job {
  job what{}; ///< its id is made by who asks, see job_id::make; the same again adds no other
};
/// Many of them, committed together; each is added or refused for itself. Answered with `jobs_added`.
struct add_jobs {
  std::vector<job>
      jobs{}; ///< at most limits::batch_items of the store's node: else ec::limit_exceeded, and none is added
  bool tell_jobs = false; ///< the answer is to have them whole
};
/// What became of one of them.
struct added_job {
  job_id id{};           ///< of the job that is there now: an earlier one's, if it is unique
  ec refused = ec::none; ///< else `why` says the rest
  std::string why{};     ///< for a person; empty if it wasn't refused
};
/// The answer to `add_jobs`.
struct jobs_added {
  std::vector<added_job> jobs{}; ///< one for each, in their order
  std::vector<job> whole{};      ///< with `tell_jobs`: those that weren't refused
};
/// A pending job ends as cancelled, a running one is told to stop, each time again. Answered with the `job`, which may
/// run on for a while. ec::not_found; ec::wrong_state for one that has ended otherwise.
struct cancel_job {
  job_id id{}; ///< of the job
};
/// An extra run, now, paused or not. Answered with the new job. ec::not_found, ec::conflict, ec::unknown_task,
/// ec::invalid_argument, ec::limit_exceeded.
struct run_schedule {
  std::string id{}; ///< of the schedule
  job_id new_id{};  ///< for the job, made by who asks; the same again adds no other
};
/// Answered with `backfill_progress`: go on from its `next`. Errors: those of data_store::backfill_schedule.
struct backfill_schedule {
  backfill what{}; ///< its id is made by who asks, and stays the same when it goes on
};
/// Answered with the new job. ec::not_found, ec::wrong_state, ec::conflict; those of `add_job`.
struct rerun_job {
  job_id id{};     ///< of a finished job, which the new one is made like
  job_id new_id{}; ///< for the new one, made by who asks; the same again adds no other
};
/// The job is no dead letter any more, and its history ends as any other's. Answered with the `job`. ec::not_found;
/// ec::wrong_state for one that never was one.
struct drop_dead_letter {
  job_id id{}; ///< of the job; one that is no dead letter any more stays as it is
};
/// Answered with `job_explanation`: only the store knows what its executors have offered. ec::not_found.
struct explain_job {
  job_id id{}; ///< of a job in whatever state
};
/// Answered with the finished job, or ec::timed_out after `limit`: give CAF's time-out more. ec::not_found,
/// ec::invalid_argument, ec::limit_exceeded.
struct wait_for_job {
  job_id id{};      ///< of the job
  duration limit{}; ///< 0 to 10,000 years; 0: only if it has finished already
};

// ---- store, for schedulers
/// Answered with `due_schedules`. What is claimed and not planned is due again after store_config::claim.
struct claim_due_schedules {
  std::size_t limit = 0;            ///< of schedules; never more than limits::batch_items
  std::vector<std::string> kinds{}; ///< of custom triggers that it knows, ascending
};
/// What was planned for claimed schedules. Answered with `fire_plans_committed`.
struct commit_fire_plans {
  std::vector<fire_plan> plans{}; ///< each is committed whole or refused whole, for itself
};
/// What was planned for schedules that were claimed ahead: the store commits each when its fire time has come. One way, as nobody has to
/// know: a plan that is refused leaves its schedule due, and one that is lost does so when the claim ends.
struct hold_fire_plans {
  std::vector<fire_plan> plans{}; ///< each is committed whole or refused whole, for itself
};
/// One code for each plan: ec::none, or why it was refused (an expected race).
struct fire_plans_committed {
  std::vector<ec> refused{}; ///< in the order of the plans
};
/// A scheduler begins, or ends, its work: everybody is told by an event. Answered with `done`.
struct note_scheduler {
  std::string name{};       ///< of its node
  bool has_started = false; ///< false: it has ended its work, in order
};
/// The wall clock was set, or the machine has slept: what waits for a time is to be looked at again.
struct clock_changed {};
/// To a scheduler: ask again in `in`; something has become due earlier.
struct ring_in {
  duration in{}; ///< >= 0, since it was sent
};

// ---- store, for executors
/// What an executor can take on from now on. Not answered: what fits comes as `hand_out_jobs`, at once or later.
struct offer_demand {
  demand level{}; ///< in place of the one before
};
/// The holder goes on with what it holds. Answered with `leases_renewed`.
struct renew_leases {
  lease_holder holder{};          ///< the executor that asks
  std::vector<attempt_id> held{}; ///< also those that have ended and aren't reported yet; what isn't named is lost
  revision seen_token = 0;        ///< the newest that has come to it: what was handed out later needn't be named
};
/// The attempts that are no longer the holder's: it must stop them.
struct leases_renewed {
  std::vector<attempt_id> lost{}; ///< of those that it has named
};
/// Reports and the new demand in one: what was freed is handed out in the same batch. Answered with `done`, also if a
/// report is refused: none is to come again.
struct report_attempts {
  std::vector<finished_attempt> finished{}; ///< attempts that have an outcome
  std::vector<attempt_id>
      released{}; ///< handed back without one: their jobs are pending again, or abandoned if their tasks say so
  demand level{}; ///< as it is after these
};
/// To an executor: run these; lease and fencing token are in each.
struct hand_out_jobs {
  std::vector<handed_job> jobs{}; ///< at least one, by rising token
};
/// To an executor: end these attempts.
struct stop_attempts {
  std::vector<attempt_id> attempts{}; ///< of jobs that are to be cancelled; those that don't run there are passed over
};

// ---- store, for the nodes of a cluster: see data_store
/// From the gate, when a node joins. Answered with `node_enrolled`. ec::invalid_argument, ec::limit_exceeded.
struct enrol_node {
  node_description what{};   ///< what the node says of itself
  std::uint64_t process = 0; ///< its number, if this store has given it one; 0: it is to get one
};
/// The answer to `enrol_node`.
struct node_enrolled {
  std::uint64_t process = 0; ///< for the node's `lease_holder`: the one that it had, or a new one
};
/// From the gate: a node plans by these time-zone data now. Answered with `done`. ec::not_found, ec::limit_exceeded.
struct note_zone_data {
  std::string name{};    ///< of the node
  std::string version{}; ///< as zone_data_version says it there
};
/// A node has gone: from the gate, and from the node with the store when that stops. Answered with `done`.
/// ec::not_found.
struct note_node_gone {
  std::string name{};    ///< of the node
  bool in_order = false; ///< false: without a word
};
/// The node gets no jobs any more, or gets them again. Answered with `done` at once: an event tells when nothing runs
/// there any more. ec::not_found.
struct drain_node {
  std::string name{};     ///< of the node
  bool is_on = true;      ///< false: it gets jobs again
  bool hand_back = false; ///< with `is_on`: what it runs is stopped, and begins elsewhere
};
/// Nothing is known of the node any more. To be sent to the gate: the store doesn't see who is connected. Answered with
/// `done`. ec::not_found; by the gate also ec::wrong_state, for one that is connected.
struct remove_node {
  std::string name{}; ///< of the node
};
/// Answered with `node_list`: by the store as it is recorded, by the gate with who is connected.
struct list_nodes {};
/// The answer to `list_nodes`.
struct node_list {
  std::vector<node_status> nodes{}; ///< by name
};
/// To an executor: end all attempts, and hand them back.
struct hand_back_jobs {};

// ---- store reader
/// Answered with the `task`. ec::not_found.
struct find_task {
  std::string id{}; ///< of the task
};
/// Answered with a `page` of tasks, by id.
struct list_tasks {
  page_request request{}; ///< which page
};
/// Answered with the `schedule`. ec::not_found.
struct find_schedule {
  std::string id{}; ///< of the schedule
};
/// Answered with a `page` of schedules, by id.
struct list_schedules {
  page_request request{}; ///< which page
};
/// Answered with the `job`. ec::not_found, also when its history has ended.
struct find_job {
  job_id id{}; ///< of the job
};
/// Answered with a `page` of jobs, the newest first.
struct list_jobs {
  job_filter filter{};    ///< which jobs
  page_request request{}; ///< which page
};
/// Answered with a `page` of jobs whose attempts are spent, the newest first.
struct list_dead_letters {
  page_request request{}; ///< which page
};
/// Answered with `schedule_explanation`: of the last `decisions` fire times, or ranges of them, and the next `coming`.
/// ec::not_found, ec::limit_exceeded.
struct explain_schedule {
  std::string id{};          ///< also of a schedule that has gone, as long as its history is kept
  std::size_t decisions = 0; ///< at most limits::page_items
  std::size_t coming = 0;    ///< at most limits::page_items
};
/// Answered with `schedule_preview`: what it would do now; of a paused one, what a resume from then would do.
/// ec::not_found, ec::limit_exceeded.
struct preview_schedule {
  std::string id{};             ///< of the schedule
  bool has_resume_from = false; ///< false: one that is paused is resumed from now on
  timestamp resume_from{};      ///< looked at with `has_resume_from` only
  std::size_t coming = 0;       ///< fire times after those that it would decide now; at most limits::page_items
};
/// Answered with a `page` of past definitions, the newest first.
struct list_past_definitions {
  std::string schedule_id{}; ///< also of one that has gone; empty: of all, one schedule after the other
  page_request request{};    ///< which page
};
/// Answered with a `page` of skips, the newest first.
struct list_skips {
  std::string schedule_id{}; ///< empty: of all
  page_request request{};    ///< which page
};
/// Answered with a `page` of records that couldn't be read.
struct list_quarantined {
  page_request request{}; ///< which page
};
/// Answered with `store_status`: its numbers are those of the last commit.
struct get_status {};
/// Reads all there is, for seconds with each million records. Answered with `check_report`.
struct check_store {};
/// What has expired leaves the disk now, which takes seconds for a large store. Answered with `done`; ec::unavailable
/// if the store was about to be closed.
struct clean_up {};
/// Makes a backup (data_store::back_up). Answered with `done`. No public handle takes it: ask with `node::back_up`.
struct back_up_store {
  std::string folder{}; ///< on the machine of the store
};

// ---- event broker
/// From the store, after a commit that has made some. Not answered.
struct publish_events {
  std::vector<event> events{}; ///< in commit order, newer than all before
};
/// To a subscriber, which confirms it with `acknowledge_events` of as many.
struct deliver_events {
  std::vector<event> events{}; ///< at least one, in commit order; what is gone shows as one `events_lost`
};
/// Answered with a `page` of events, the oldest first; if some before them are gone, an `events_lost` comes first.
struct list_events {
  event_filter filter{}; ///< lets `events_lost` through in any case
  /// `after` is an event's number, in decimal digits. Events of one number aren't parted: a page may exceed its limit.
  page_request request{};
};

// ---- job log
/// From an executor, which sends the next one when this is answered, with `done`.
struct put_job_reports {
  std::vector<job_report> reports{}; ///< one for each attempt that has something to tell
};
/// Answered with `job_log_page`: at most `limit` lines after number `after`, at once if anything is newer than that or
/// nothing follows, else when that is so, or after `wait` (at most `longest_log_wait`). ec::not_found for a job that
/// the store doesn't know and that has said nothing, ec::invalid_argument, ec::limit_exceeded if too many wait.
struct read_job_log {
  job_id id{};             ///< of the job
  std::uint64_t after = 0; ///< a number; 0, or one above all there are: from the first line that is kept
  std::size_t limit = 0;   ///< of lines; more than 1,000 are never given. 0: none, and `next` and `ended` say nothing
  duration wait{};         ///< 0: not at all
};
/// The longest `read_job_log::wait`: a longer one is ec::invalid_argument.
inline constexpr duration longest_log_wait = std::chrono::seconds{30};

// ---- node: to the scheduler and the executor
/// Begin. The scheduler doesn't answer; the executor does, with `done` when its runners are ready, or with what keeps
/// one from being so. Told so again, it offers the tasks that it has by then.
struct begin_work {};
/// Take nothing new; answered when nothing runs any more. What still runs after `grace` is ended and handed back.
struct drain_work {
  duration grace{}; ///< 0: all is ended at once; the scheduler doesn't look at it
};

} // namespace carillon
#pragma GCC visibility pop
