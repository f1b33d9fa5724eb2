#pragma once

#include "carillon/protocol/type_ids.hpp"

#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>

#include <memory>
#include <optional>
#include <string>

#pragma GCC visibility push(default)
/// @file
/// How CAF reads and writes the messages. Model types travel as their encoded records; everything else field by field.
namespace carillon {

namespace wire {

// One pair for each model type that travels as its record: implemented over the codec. `decode` is false for bytes that
// aren't one.
#define CARILLON_WIRE_TYPES(apply)                                                                                     \
  apply(value) apply(task) apply(schedule_definition) apply(schedule_state) apply(trigger_cursor) apply(job)           \
      apply(skip) apply(event) apply(node_description) apply(cluster_node)

#define CARILLON_DECLARE_WIRE(type)                                                                                    \
  [[nodiscard]] std::string encode(const type& x);                                                                     \
  [[nodiscard]] bool decode(const std::string& raw, type& into);
CARILLON_WIRE_TYPES(CARILLON_DECLARE_WIRE)
#undef CARILLON_DECLARE_WIRE

template <class Inspector, class T>
auto inspect_record(Inspector& f, const char* name, T& x) {
  std::string raw;
  if constexpr (Inspector::reads_state)
    raw = encode(x);
  const auto load = [&]() -> caf::error {
    return decode(raw, x) ? caf::error{}
                          : caf::make_error(ec::store_corrupt, std::string{name} + ": not a valid record");
  };
  return f(caf::meta::type_name(name), raw, caf::meta::load_callback(load));
}

/// Makes an optional field inspectable; refers to it.
template <class T>
struct optional_field {
  std::optional<T>& field;
};
template <class T>
optional_field(std::optional<T>&) -> optional_field<T>;

template <class Inspector, class T>
auto inspect(Inspector& f, optional_field<T>& x) {
  bool there = x.field.has_value();
  T content = there ? *x.field : T{};
  const auto load = [&]() -> caf::error {
    x.field = there ? std::optional<T>{content} : std::nullopt;
    return {};
  };
  return f(there, content, caf::meta::load_callback(load));
}

} // namespace wire

#define CARILLON_INSPECT_RECORD(type)                                                                                  \
  template <class Inspector>                                                                                           \
  auto inspect(Inspector& f, type& x) {                                                                                \
    return wire::inspect_record(f, #type, x);                                                                          \
  }
CARILLON_WIRE_TYPES(CARILLON_INSPECT_RECORD)
#undef CARILLON_INSPECT_RECORD
#undef CARILLON_WIRE_TYPES

#define CARILLON_INSPECT(type, ...)                                                                                    \
  template <class Inspector>                                                                                           \
  auto inspect(Inspector& f, [[maybe_unused]] type& x) {                                                               \
    return f(caf::meta::type_name(#type) __VA_OPT__(, ) __VA_ARGS__);                                                  \
  }

template <class Inspector>
auto inspect(Inspector& f, job_id& x) {
  auto raw = x.bytes();
  const auto load = [&]() -> caf::error {
    x = job_id{raw};
    return {};
  };
  return f(caf::meta::type_name("job_id"), raw, caf::meta::load_callback(load));
}

template <class Inspector>
auto inspect(Inspector& f, handed_job& x) {
  job sent; // says its runner itself
  if constexpr (Inspector::reads_state) {
    sent = *x.what;
    sent.runner = x.runner;
  }
  const auto load = [&]() -> caf::error {
    x.runner = sent.runner;
    x.what = std::make_shared<const job>(std::move(sent));
    return {};
  };
  return f(caf::meta::type_name("handed_job"), sent, caf::meta::load_callback(load));
}

CARILLON_INSPECT(done)
CARILLON_INSPECT(schedule, x.definition, x.state)
CARILLON_INSPECT(lease_holder, x.executor, x.process)
CARILLON_INSPECT(demand, x.holder, x.free_slots, x.runners, x.tasks, x.last_hand_out, x.labels)
CARILLON_INSPECT(attempt_id, x.job, x.token)
CARILLON_INSPECT(finished_attempt, x.attempt, x.outcome, x.result, x.error_text, x.ran_for)
CARILLON_INSPECT(attempt_result, x.outcome, x.result, x.error_text)
CARILLON_INSPECT(page_request, x.limit, x.after)
CARILLON_INSPECT(quarantined_record, x.family, x.key, x.value, x.reason, x.at)
CARILLON_INSPECT(store_status, x.backend, x.path, x.store_id, x.format_version, x.schedules, x.pending_jobs,
                 x.running_jobs, x.quarantined)
CARILLON_INSPECT(check_report, x.tasks, x.schedules, x.jobs, x.skips, x.quarantined, x.faults)
CARILLON_INSPECT(event_filter, x.types, x.schedule_id, x.task)

template <class Inspector, class T>
auto inspect(Inspector& f, page<T>& x) {
  return f(caf::meta::type_name("page"), x.items, x.next);
}

CARILLON_INSPECT(retry_policy, x.max_attempts, x.backoff, x.delay, x.max_delay, x.jitter_percent, x.outcomes,
                 x.exit_codes)

template <class Inspector>
auto inspect(Inspector& f, fire_decision& x) {
  wire::optional_field count{x.count};
  wire::optional_field job{x.job};
  wire::optional_field reason{x.reason};
  return f(caf::meta::type_name("fire_decision"), x.first, x.last, count, job, x.state, x.outcome, reason, x.text);
}
CARILLON_INSPECT(schedule_explanation, x.what, x.decided, x.whole_since, x.next, x.text)
CARILLON_INSPECT(job_explanation, x.what, x.waiting_for)
CARILLON_INSPECT(schedule_preview, x.jobs, x.skips, x.next, x.pause_reason)
template <class Inspector>
auto inspect(Inspector& f, past_definition& x) {
  wire::optional_field since{x.trigger_since}, covered{x.covered_to};
  return f(caf::meta::type_name("past_definition"), x.incarnation, x.changed, since, covered, x.replaced_at, x.what);
}

CARILLON_INSPECT(plan_basis, x.running_jobs, x.waiting_jobs, x.task_changed)
template <class Inspector>
auto inspect(Inspector& f, due_schedule& x) {
  wire::optional_field grace{x.misfire_grace_time}, limit{x.time_limit};
  wire::optional_field ahead{x.ahead};
  return f(caf::meta::type_name("due_schedule"), x.what, grace, limit, x.result_expiration, x.retry, x.metadata,
           x.running_jobs, x.waiting_jobs, ahead);
}
template <class Inspector>
auto inspect(Inspector& f, due_schedules& x) {
  wire::optional_field ring{x.ring_in};
  return f(caf::meta::type_name("due_schedules"), x.now, x.schedules, ring);
}
template <class Inspector>
auto inspect(Inspector& f, fire_plan& x) {
  wire::optional_field next{x.next_fire_time}, last{x.last_fire_time}, covered{x.covered_to};
  wire::optional_field ahead{x.ahead};
  return f(caf::meta::type_name("fire_plan"), x.schedule_id, x.incarnation, x.based_on, x.jobs, x.skips, x.cursor, next,
           last, covered, x.cancel_running, x.pause_reason, ahead);
}
template <class Inspector>
auto inspect(Inspector& f, job_filter& x) {
  wire::optional_field state{x.state};
  return f(caf::meta::type_name("job_filter"), x.schedule_id, x.task, state);
}

CARILLON_INSPECT(put_task, x.what)
CARILLON_INSPECT(remove_task, x.id, x.force)
CARILLON_INSPECT(run_schedule, x.id, x.new_id)
template <class Inspector>
auto inspect(Inspector& f, backfill& x) {
  wire::optional_field priority{x.priority};
  return f(caf::meta::type_name("backfill"), x.id, x.schedule_id, x.from, x.to, x.which, x.overlap, x.max_running_jobs,
           priority);
}
template <class Inspector>
auto inspect(Inspector& f, backfill_progress& x) {
  wire::optional_field next{x.next};
  return f(caf::meta::type_name("backfill_progress"), x.id, x.added, x.left_out, next);
}
CARILLON_INSPECT(backfill_schedule, x.what)
CARILLON_INSPECT(rerun_job, x.id, x.new_id)
CARILLON_INSPECT(drop_dead_letter, x.id)
CARILLON_INSPECT(note_scheduler, x.name, x.has_started)
CARILLON_INSPECT(clock_changed)
CARILLON_INSPECT(list_dead_letters, x.request)
CARILLON_INSPECT(explain_schedule, x.id, x.decisions, x.coming)
CARILLON_INSPECT(preview_schedule, x.id, x.has_resume_from, x.resume_from, x.coming)
CARILLON_INSPECT(list_past_definitions, x.schedule_id, x.request)
CARILLON_INSPECT(clean_up)
CARILLON_INSPECT(back_up_store, x.folder)
CARILLON_INSPECT(add_schedule, x.what, x.on_conflict)
CARILLON_INSPECT(pause_schedule, x.id)
CARILLON_INSPECT(resume_schedule, x.id, x.has_from, x.from)
CARILLON_INSPECT(remove_schedule, x.id)
CARILLON_INSPECT(add_job, x.what)
CARILLON_INSPECT(add_jobs, x.jobs, x.tell_jobs)
CARILLON_INSPECT(added_job, x.id, x.refused, x.why)
CARILLON_INSPECT(jobs_added, x.jobs, x.whole)
CARILLON_INSPECT(cancel_job, x.id)
CARILLON_INSPECT(wait_for_job, x.id, x.limit)
CARILLON_INSPECT(explain_job, x.id)
CARILLON_INSPECT(hello_scheduler, x.who)
CARILLON_INSPECT(claim_due_schedules, x.limit, x.kinds)
CARILLON_INSPECT(commit_fire_plans, x.plans)
CARILLON_INSPECT(hold_fire_plans, x.plans)
CARILLON_INSPECT(fire_plans_committed, x.refused)
CARILLON_INSPECT(ring_in, x.in)
CARILLON_INSPECT(hello_executor, x.holder, x.who, x.held)
CARILLON_INSPECT(enrol_node, x.what, x.process)
CARILLON_INSPECT(node_enrolled, x.process)
CARILLON_INSPECT(note_zone_data, x.name, x.version)
CARILLON_INSPECT(note_node_gone, x.name, x.in_order)
CARILLON_INSPECT(drain_node, x.name, x.is_on, x.hand_back)
CARILLON_INSPECT(remove_node, x.name)
CARILLON_INSPECT(list_nodes)
template <class Inspector>
auto inspect(Inspector& f, node_status& x) {
  wire::optional_field skew{x.clock_skew}, contact{x.last_contact};
  return f(caf::meta::type_name("node_status"), x.known, x.is_connected, x.running_jobs, x.free_slots, skew, contact);
}
CARILLON_INSPECT(node_list, x.nodes)
CARILLON_INSPECT(hand_back_jobs)
CARILLON_INSPECT(offer_demand, x.level)
CARILLON_INSPECT(renew_leases, x.holder, x.held, x.seen_token)
CARILLON_INSPECT(leases_renewed, x.lost)
CARILLON_INSPECT(report_attempts, x.finished, x.released, x.level)
CARILLON_INSPECT(hand_out_jobs, x.jobs)
CARILLON_INSPECT(stop_attempts, x.attempts)
CARILLON_INSPECT(find_task, x.id)
CARILLON_INSPECT(list_tasks, x.request)
CARILLON_INSPECT(find_schedule, x.id)
CARILLON_INSPECT(list_schedules, x.request)
CARILLON_INSPECT(find_job, x.id)
CARILLON_INSPECT(list_jobs, x.filter, x.request)
CARILLON_INSPECT(list_skips, x.schedule_id, x.request)
CARILLON_INSPECT(list_quarantined, x.request)
CARILLON_INSPECT(get_status)
CARILLON_INSPECT(check_store)
CARILLON_INSPECT(publish_events, x.events)
CARILLON_INSPECT(subscribe_events, x.who, x.filter, x.has_since, x.since)
CARILLON_INSPECT(unsubscribe_events, x.who)
CARILLON_INSPECT(acknowledge_events, x.who, x.count)
CARILLON_INSPECT(deliver_events, x.events)
CARILLON_INSPECT(list_events, x.filter, x.request)
CARILLON_INSPECT(log_line, x.number, x.attempt, x.stream, x.at, x.text)
CARILLON_INSPECT(job_progress, x.number, x.attempt, x.at, x.fraction, x.text)
CARILLON_INSPECT(said_line, x.stream, x.age, x.text)
CARILLON_INSPECT(said_progress, x.age, x.fraction, x.text)
template <class Inspector>
auto inspect(Inspector& f, job_log_page& x) {
  wire::optional_field progress{x.progress};
  return f(caf::meta::type_name("job_log_page"), progress, x.lines, x.next, x.ended);
}
template <class Inspector>
auto inspect(Inspector& f, job_report& x) {
  wire::optional_field progress{x.progress};
  return f(caf::meta::type_name("job_report"), x.job, x.attempt, progress, x.left_out, x.lines, x.ended);
}
CARILLON_INSPECT(put_job_reports, x.reports)
CARILLON_INSPECT(read_job_log, x.id, x.after, x.limit, x.wait)
CARILLON_INSPECT(begin_work)
CARILLON_INSPECT(drain_work, x.grace)
CARILLON_INSPECT(flush_batch)
CARILLON_INSPECT(timer_rang, x.generation)
CARILLON_INSPECT(take_event)
CARILLON_INSPECT(reports_waiting)
CARILLON_INSPECT(attempts_ended)
#undef CARILLON_INSPECT

} // namespace carillon
#pragma GCC visibility pop
