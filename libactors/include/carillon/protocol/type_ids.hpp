#pragma once

#include "carillon/protocol/messages.hpp"
#include "carillon/runner/runner.hpp"

#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <functional>

#pragma GCC visibility push(default)
namespace carillon {

// ---- handles that travel in messages: what the store and the event broker call back

/// A scheduler, as the store sees it.
using alarm_facet = caf::typed_actor<caf::reacts_to<ring_in>>;
/// An executor, as the store sees it.
using worker_facet =
    caf::typed_actor<caf::reacts_to<hand_out_jobs>, caf::reacts_to<stop_attempts>, caf::reacts_to<hand_back_jobs>>;
/// A subscriber, as the event broker sees it.
using subscriber_facet = caf::typed_actor<caf::reacts_to<deliver_events>>;

/// From now on `who` is told by `ring_in` when something becomes due earlier than it knows.
struct hello_scheduler {
  alarm_facet who;
};
/// From now on `who` gets what fits its demand. An older process of the same executor loses all that it held, and this one
/// what it doesn't name: that was handed out to it and has got lost.
struct hello_executor {
  lease_holder holder;
  worker_facet who;
  std::vector<attempt_id> held;
};
/// Events after number `since` (`has_since`), or from now on, come to `who` in commit order. Again: replaces filter and position.
struct subscribe_events {
  subscriber_facet who;
  event_filter filter;
  bool has_since = false;
  revision since = 0;
};
struct unsubscribe_events {
  subscriber_facet who;
};
/// `who` has dealt with `count` events.
struct acknowledge_events {
  subscriber_facet who;
  std::size_t count = 0;
};

// ---- between nodes, see cluster_protocol.hpp
struct hello_node;
struct node_report;
struct welcome;
struct find_gate;
struct gate_found;
struct use_store;

// ---- to a user's actor that runs jobs, see job_actor_protocol.hpp
struct run_job;
struct stop_job;

// ---- what an actor says to itself
struct flush_batch {};
struct timer_rang {
  std::uint64_t generation = 0;
};
/// To an executor: attempts have ended.
struct attempts_ended {};
/// To an executor: its jobs have said something.
struct reports_waiting {};
/// To the actor that waits for one event: answered with it.
struct take_event {};
/// Runs a function within an actor; never leaves the process.
struct run_within {
  std::function<void(caf::event_based_actor*)> what;
};

} // namespace carillon
#pragma GCC visibility pop

CAF_BEGIN_TYPE_ID_BLOCK(carillon, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(carillon, (carillon::ec))
CAF_ADD_TYPE_ID(carillon, (carillon::task))
CAF_ADD_TYPE_ID(carillon, (carillon::schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::job))
CAF_ADD_TYPE_ID(carillon, (carillon::event))
CAF_ADD_TYPE_ID(carillon, (carillon::due_schedules))
CAF_ADD_TYPE_ID(carillon, (carillon::store_status))
CAF_ADD_TYPE_ID(carillon, (carillon::check_report))
CAF_ADD_TYPE_ID(carillon, (carillon::page<carillon::task>))
CAF_ADD_TYPE_ID(carillon, (carillon::page<carillon::schedule>))
CAF_ADD_TYPE_ID(carillon, (carillon::page<carillon::job>))
CAF_ADD_TYPE_ID(carillon, (carillon::page<carillon::skip>))
CAF_ADD_TYPE_ID(carillon, (carillon::page<carillon::event>))
CAF_ADD_TYPE_ID(carillon, (carillon::page<carillon::quarantined_record>))
CAF_ADD_TYPE_ID(carillon, (carillon::page<carillon::past_definition>))
CAF_ADD_TYPE_ID(carillon, (carillon::schedule_explanation))
CAF_ADD_TYPE_ID(carillon, (carillon::schedule_preview))
CAF_ADD_TYPE_ID(carillon, (carillon::job_explanation))
CAF_ADD_TYPE_ID(carillon, (carillon::done))
CAF_ADD_TYPE_ID(carillon, (carillon::put_task))
CAF_ADD_TYPE_ID(carillon, (carillon::add_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::pause_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::resume_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::remove_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::add_job))
CAF_ADD_TYPE_ID(carillon, (carillon::cancel_job))
CAF_ADD_TYPE_ID(carillon, (carillon::explain_job))
CAF_ADD_TYPE_ID(carillon, (carillon::wait_for_job))
CAF_ADD_TYPE_ID(carillon, (carillon::hello_scheduler))
CAF_ADD_TYPE_ID(carillon, (carillon::claim_due_schedules))
CAF_ADD_TYPE_ID(carillon, (carillon::commit_fire_plans))
CAF_ADD_TYPE_ID(carillon, (carillon::fire_plans_committed))
CAF_ADD_TYPE_ID(carillon, (carillon::ring_in))
CAF_ADD_TYPE_ID(carillon, (carillon::hello_executor))
CAF_ADD_TYPE_ID(carillon, (carillon::offer_demand))
CAF_ADD_TYPE_ID(carillon, (carillon::renew_leases))
CAF_ADD_TYPE_ID(carillon, (carillon::leases_renewed))
CAF_ADD_TYPE_ID(carillon, (carillon::report_attempts))
CAF_ADD_TYPE_ID(carillon, (carillon::hand_out_jobs))
CAF_ADD_TYPE_ID(carillon, (carillon::stop_attempts))
CAF_ADD_TYPE_ID(carillon, (carillon::find_task))
CAF_ADD_TYPE_ID(carillon, (carillon::list_tasks))
CAF_ADD_TYPE_ID(carillon, (carillon::find_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::list_schedules))
CAF_ADD_TYPE_ID(carillon, (carillon::find_job))
CAF_ADD_TYPE_ID(carillon, (carillon::list_jobs))
CAF_ADD_TYPE_ID(carillon, (carillon::list_skips))
CAF_ADD_TYPE_ID(carillon, (carillon::list_quarantined))
CAF_ADD_TYPE_ID(carillon, (carillon::get_status))
CAF_ADD_TYPE_ID(carillon, (carillon::check_store))
CAF_ADD_TYPE_ID(carillon, (carillon::remove_task))
CAF_ADD_TYPE_ID(carillon, (carillon::rerun_job))
CAF_ADD_TYPE_ID(carillon, (carillon::run_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::backfill_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::backfill_progress))
CAF_ADD_TYPE_ID(carillon, (carillon::drop_dead_letter))
CAF_ADD_TYPE_ID(carillon, (carillon::note_scheduler))
CAF_ADD_TYPE_ID(carillon, (carillon::clock_changed))
CAF_ADD_TYPE_ID(carillon, (carillon::list_dead_letters))
CAF_ADD_TYPE_ID(carillon, (carillon::explain_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::preview_schedule))
CAF_ADD_TYPE_ID(carillon, (carillon::list_past_definitions))
CAF_ADD_TYPE_ID(carillon, (carillon::clean_up))
CAF_ADD_TYPE_ID(carillon, (carillon::publish_events))
CAF_ADD_TYPE_ID(carillon, (carillon::subscribe_events))
CAF_ADD_TYPE_ID(carillon, (carillon::unsubscribe_events))
CAF_ADD_TYPE_ID(carillon, (carillon::acknowledge_events))
CAF_ADD_TYPE_ID(carillon, (carillon::deliver_events))
CAF_ADD_TYPE_ID(carillon, (carillon::list_events))
CAF_ADD_TYPE_ID(carillon, (carillon::begin_work))
CAF_ADD_TYPE_ID(carillon, (carillon::drain_work))
CAF_ADD_TYPE_ID(carillon, (carillon::enrol_node))
CAF_ADD_TYPE_ID(carillon, (carillon::node_enrolled))
CAF_ADD_TYPE_ID(carillon, (carillon::hello_node))
CAF_ADD_TYPE_ID(carillon, (carillon::welcome))
CAF_ADD_TYPE_ID(carillon, (carillon::find_gate))
CAF_ADD_TYPE_ID(carillon, (carillon::gate_found))
CAF_ADD_TYPE_ID(carillon, (carillon::use_store))
CAF_ADD_TYPE_ID(carillon, (carillon::job_log_page))
CAF_ADD_TYPE_ID(carillon, (carillon::put_job_reports))
CAF_ADD_TYPE_ID(carillon, (carillon::read_job_log))
CAF_ADD_TYPE_ID(carillon, (carillon::reports_waiting))
CAF_ADD_TYPE_ID(carillon, (carillon::flush_batch))
CAF_ADD_TYPE_ID(carillon, (carillon::timer_rang))
CAF_ADD_TYPE_ID(carillon, (carillon::attempts_ended))
CAF_ADD_TYPE_ID(carillon, (carillon::take_event))
CAF_ADD_TYPE_ID(carillon, (carillon::run_within))
CAF_ADD_TYPE_ID(carillon, (carillon::value))
CAF_ADD_TYPE_ID(carillon, (carillon::run_job))
CAF_ADD_TYPE_ID(carillon, (carillon::stop_job))
CAF_ADD_TYPE_ID(carillon, (carillon::node_description))
CAF_ADD_TYPE_ID(carillon, (carillon::node_report))
CAF_ADD_TYPE_ID(carillon, (carillon::note_node_gone))
CAF_ADD_TYPE_ID(carillon, (carillon::drain_node))
CAF_ADD_TYPE_ID(carillon, (carillon::remove_node))
CAF_ADD_TYPE_ID(carillon, (carillon::list_nodes))
CAF_ADD_TYPE_ID(carillon, (carillon::node_list))
CAF_ADD_TYPE_ID(carillon, (carillon::hand_back_jobs))
CAF_ADD_TYPE_ID(carillon, (carillon::note_zone_data))
CAF_ADD_TYPE_ID(carillon, (carillon::back_up_store))
CAF_ADD_TYPE_ID(carillon, (carillon::add_jobs))
CAF_ADD_TYPE_ID(carillon, (carillon::jobs_added))
CAF_ADD_TYPE_ID(carillon, (carillon::hold_fire_plans))
CAF_END_TYPE_ID_BLOCK(carillon)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::run_within)
CAF_ERROR_CODE_ENUM(carillon::ec, "carillon")
