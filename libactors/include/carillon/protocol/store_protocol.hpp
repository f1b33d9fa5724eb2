#pragma once

#include "carillon/protocol/inspect.hpp"

#pragma GCC visibility push(default)
/// @file
/// The store actor: the only door to durable state. It answers a request when the batch that carries it is committed, and
/// publishes events after that. Every facet may be used by actors of your own. See data_store for what each request does
/// and which errors it has; any of them may fail with a store error, and then nothing of its batch is stored.
namespace carillon {

/// Tasks: their recorded settings.
using task_facet = caf::typed_actor<
    /// Records a task's settings.
    caf::replies_to<put_task>::with<done>, caf::replies_to<remove_task>::with<done>>;

/// Schedules: adding, changing, removing them, and extra runs.
using schedule_facet =
    caf::typed_actor<caf::replies_to<add_schedule>::with<schedule>, caf::replies_to<pause_schedule>::with<schedule>,
                     caf::replies_to<resume_schedule>::with<schedule>, caf::replies_to<remove_schedule>::with<done>,
                     caf::replies_to<run_schedule>::with<job>,
                     caf::replies_to<backfill_schedule>::with<backfill_progress>>;

/// Jobs: adding, ending and waiting for them.
using job_facet = caf::typed_actor<
    caf::replies_to<add_job>::with<job>, caf::replies_to<add_jobs>::with<jobs_added>,
    caf::replies_to<cancel_job>::with<job>, caf::replies_to<rerun_job>::with<job>,
    caf::replies_to<drop_dead_letter>::with<job>, caf::replies_to<explain_job>::with<job_explanation>,
    /// Answered when the job has finished, or with ec::timed_out after the request's own limit: give CAF's time-out more.
    caf::replies_to<wait_for_job>::with<job>>;

/// What a scheduler needs.
using planning_facet =
    caf::typed_actor<caf::reacts_to<hello_scheduler>, caf::replies_to<note_scheduler>::with<done>,
                     /// Claims are hints and end by themselves; `due_schedules::ring_in` says when to ask again.
                     caf::replies_to<claim_due_schedules>::with<due_schedules>,
                     /// Each plan is committed whole or refused whole.
                     caf::replies_to<commit_fire_plans>::with<fire_plans_committed>,
                     /// Those whose fire time has still to come.
                     caf::reacts_to<hold_fire_plans>>;

/// What an executor needs.
using execution_facet =
    caf::typed_actor<caf::reacts_to<hello_executor>,
                     /// Demand is a level, sent one way; the jobs come as `hand_out_jobs`.
                     caf::reacts_to<offer_demand>, caf::replies_to<renew_leases>::with<leases_renewed>,
                     /// A stale token is refused with an event and is no error: the report is done with.
                     caf::replies_to<report_attempts>::with<done>>;

/// The nodes of the cluster. `enrol_node`, `note_zone_data`, `note_node_gone` and `remove_node` are the gate's, which knows who is connected.
using node_facet =
    caf::typed_actor<caf::replies_to<enrol_node>::with<node_enrolled>, caf::replies_to<note_zone_data>::with<done>,
                     caf::replies_to<note_node_gone>::with<done>, caf::replies_to<drain_node>::with<done>,
                     caf::replies_to<remove_node>::with<done>, caf::replies_to<list_nodes>::with<node_list>>;

/// What watches the machine's clock needs.
using clock_facet = caf::typed_actor<caf::reacts_to<clock_changed>>;

/// The store: all of these facets.
using store_actor = task_facet::extend_with<schedule_facet>::extend_with<job_facet>::extend_with<
    planning_facet>::extend_with<execution_facet>::extend_with<node_facet>::extend_with<clock_facet>;

/// Reads of committed state, in an actor of their own, so that a commit or a long list holds nobody up. Errors of all
/// lists: ec::limit_exceeded for a bad `page_request::limit`, ec::invalid_argument for a bad `after`.
using store_reader_actor = caf::typed_actor<
    caf::replies_to<find_task>::with<task>, caf::replies_to<list_tasks>::with<page<task>>,
    caf::replies_to<find_schedule>::with<schedule>, caf::replies_to<list_schedules>::with<page<schedule>>,
    caf::replies_to<find_job>::with<job>, caf::replies_to<list_jobs>::with<page<job>>,
    caf::replies_to<list_dead_letters>::with<page<job>>, caf::replies_to<explain_schedule>::with<schedule_explanation>,
    caf::replies_to<preview_schedule>::with<schedule_preview>,
    caf::replies_to<list_past_definitions>::with<page<past_definition>>, caf::replies_to<clean_up>::with<done>,
    caf::replies_to<list_skips>::with<page<skip>>, caf::replies_to<list_quarantined>::with<page<quarantined_record>>,
    caf::replies_to<get_status>::with<store_status>, caf::replies_to<check_store>::with<check_report>>;

} // namespace carillon
#pragma GCC visibility pop
