#include "api/views.hpp"

#include "api/field_values.hpp"
#include "carillon/model/command.hpp"
#include "carillon/trigger/trigger_text.hpp"

namespace carillon::app {
namespace {

using namespace field_values;

value seconds(duration x) {
  constexpr std::int64_t one = 1'000'000;
  if (x.count() % one == 0)
    return x.count() / one;
  return static_cast<double>(x.count()) / static_cast<double>(one);
}
value seconds(const std::optional<duration>& x) { return x ? seconds(*x) : value{}; }

template <class Enum>
value name(Enum x) {
  return std::string{to_string(x)};
}

value outcome_name(job_outcome x) { return x == job_outcome::none ? value{} : name(x); }

value limit_view(const std::optional<concurrency_limit>& what) {
  return what ? value{value::map{{"key", what->key}, {"maximum", number(what->maximum)}}} : value{};
}

value rate_view(const std::optional<start_rate>& what) {
  return what ? value{value::map{{"count", number(what->count)}, {"per", seconds(what->per)}}} : value{};
}

value rate_view(const std::optional<rate_limit>& what) {
  if (!what)
    return {};
  return value::map{{"key", what->key}, {"count", number(what->rate.count)}, {"per", seconds(what->rate.per)}};
}

value follow_ups_view(const std::vector<follow_up>& all) { // NOLINT(misc-no-recursion): checked when added
  value::list views;
  for (const auto& one : all)
    views.push_back(value::map{{"on", name(one.on)},
                               {"task", one.task},
                               {"arguments", one.arguments},
                               {"priority", number(one.priority)},
                               {"follow_ups", follow_ups_view(one.follow_ups)}});
  return views;
}

value predecessor_view(const predecessor& what) {
  return value::map{{"id", what.id.to_string()},
                    {"outcome", name(what.outcome)},
                    {"result", what.result},
                    {"error", text(what.error_text)}};
}

value retry_view(const retry_policy& what) {
  value::list outcomes;
  for (const auto outcome : what.outcomes)
    outcomes.push_back(name(outcome));
  value::list exit_codes;
  for (const auto code : what.exit_codes)
    exit_codes.push_back(std::int64_t{code});
  return value::map{
      {"max_attempts", number(what.max_attempts)},
      {"backoff", name(what.backoff)},
      {"delay", seconds(what.delay)},
      {"max_delay", seconds(what.max_delay)},
      {"jitter_percent", number(what.jitter_percent)},
      {"outcomes", std::move(outcomes)},
      {"exit_codes", std::move(exit_codes)},
  };
}

value trigger_view(const trigger_definition& what) {
  // The codec writes the one JSON form that triggers have.
  auto read = parse_json_text(to_json_text(what));
  return read ? std::move(*read) : value{};
}

} // namespace

value view_of(const task& what) {
  return value::map{
      {"id", what.id},
      {"runner", what.runner},
      {"max_running_jobs", number(what.max_running_jobs)},
      {"rate", rate_view(what.rate)},
      {"misfire_grace_time", seconds(what.misfire_grace_time)},
      {"time_limit", seconds(what.time_limit)},
      {"result_expiration", seconds(what.result_expiration)},
      {"on_loss", name(what.on_loss)},
      {"retry", retry_view(what.retry)},
      {"labels", value::list(what.labels.begin(), what.labels.end())},
      {"metadata", what.metadata},
      {"revision", number(what.changed)},
  };
}

value view_of(const schedule_definition& definition) {
  return value::map{
      {"id", definition.id},
      {"task", definition.task},
      {"trigger", trigger_view(definition.trigger)},
      {"arguments", definition.arguments},
      {"paused", definition.paused},
      {"coalesce", name(definition.coalesce)},
      {"overlap", name(definition.overlap)},
      {"misfire_grace_time", seconds(definition.misfire_grace_time)},
      {"time_limit", seconds(definition.time_limit)},
      {"result_expiration", seconds(definition.result_expiration)},
      {"limit", limit_view(definition.limit)},
      {"rate", rate_view(definition.rate)},
      {"priority", number(definition.priority)},
      {"follow_ups", follow_ups_view(definition.follow_ups)},
      {"runner", text(definition.runner)},
      {"retry", definition.retry ? retry_view(*definition.retry) : value{}},
      {"max_jitter", seconds(definition.max_jitter)},
      {"max_catch_up", number(definition.max_catch_up)},
      {"metadata", definition.metadata},
  };
}

value view_of(const schedule& what) {
  const auto& state = what.state;
  const auto definition = view_of(what.definition);
  auto fields = *definition.get_if<value::map>();
  fields["paused"] = state.paused; // which counts
  fields["pause_reason"] = text(state.pause_reason);
  fields["next_fire_time"] = instant(state.next_fire_time);
  fields["last_fire_time"] = instant(state.last_fire_time);
  fields["covered_to"] = instant(state.covered_to);
  fields["incarnation"] = number(state.incarnation);
  fields["revision"] = number(state.changed);
  return fields;
}

value view_of(const backfill_progress& what) {
  return value::map{
      {"id", what.id.to_string()},
      {"added", number(what.added)},
      {"left_out", number(what.left_out)},
      {"next", instant(what.next)},
  };
}

value view_of(const job& what) {
  std::optional<command_result> ended;
  if (what.task == command_task)
    ended = to_command_result(what.result);
  return value::map{
      {"id", what.id.to_string()},
      {"schedule_id", text(what.schedule_id)},
      {"incarnation", what.schedule_id.empty() ? value{} : number(what.incarnation)},
      {"task", what.task},
      {"arguments", what.arguments},
      {"scheduled_fire_time", instant(what.scheduled_fire_time)},
      {"created_at", instant(what.created_at)},
      {"not_before", instant(what.not_before)},
      {"start_deadline", instant(what.start_deadline)},
      {"time_limit", seconds(what.time_limit)},
      {"result_expiration", seconds(what.result_expiration)},
      {"overlap", name(what.overlap)},
      {"limit", limit_view(what.limit)},
      {"rate", rate_view(what.rate)},
      {"priority", number(what.priority)},
      {"unique",
       what.unique ? value{value::map{{"key", what.unique->key}, {"window", seconds(what.unique->window)}}} : value{}},
      {"follow_ups", follow_ups_view(what.follow_ups)},
      {"follows", what.follows ? predecessor_view(*what.follows) : value{}},
      {"runner", text(what.runner)},
      {"retry", retry_view(what.retry)},
      {"rerun_of", what.rerun_of ? value{what.rerun_of->to_string()} : value{}},
      {"metadata", what.metadata},
      {"state", name(what.state)},
      {"outcome", outcome_name(what.outcome)},
      {"attempt", number(what.attempt)},
      {"lost_attempts", number(what.lost_attempts)},
      {"failed_attempts", number(what.failed_attempts)},
      {"dead_letter", what.dead_letter},
      {"cancel_requested", what.cancel_requested},
      {"executor", what.held_by ? value{what.held_by->executor} : value{}},
      {"fencing_token", what.held_by ? number(what.held_by->token) : value{}},
      {"started_at", instant(what.started_at)},
      {"finished_at", instant(what.finished_at)},
      {"exit_code", ended ? number(ended->exit_code) : value{}},
      {"signal", ended ? number(ended->signal) : value{}},
      {"output", ended ? value{ended->output} : value{}},
      {"output_bytes", ended ? number(ended->output_bytes) : value{}},
      {"result", ended ? value{} : what.result},
      {"error", text(what.error_text)},
      {"revision", number(what.changed)},
  };
}

value view_of(const job_explanation& what) {
  const auto seen = view_of(what.what);
  auto fields = *seen.get_if<value::map>();
  fields.insert_or_assign("waiting_for", text(what.waiting_for));
  return fields;
}

value view_of(const job_progress& what) {
  return value::map{
      {"number", number(what.number)}, {"attempt", number(what.attempt)}, {"at", instant(what.at)},
      {"fraction", what.fraction},     {"text", text(what.text)},
  };
}

value view_of(const job_log_page& what) {
  value::list lines;
  lines.reserve(what.lines.size());
  for (const auto& line : what.lines)
    lines.emplace_back(value::map{
        {"number", number(line.number)},
        {"attempt", number(line.attempt)},
        {"stream", name(line.stream)},
        {"at", instant(line.at)},
        {"text", line.text},
    });
  return value::map{
      {"progress", what.progress ? view_of(*what.progress) : value{}},
      {"lines", std::move(lines)},
      {"next", number(what.next)},
      {"ended", what.ended},
  };
}

value view_of(const skip& what) {
  return value::map{
      {"schedule_id", what.schedule_id},
      {"incarnation", number(what.incarnation)},
      {"first", instant(what.first)},
      {"last", instant(what.last)},
      {"count", number(what.count)},
      {"reason", name(what.reason)},
      {"decided_at", instant(what.decided_at)},
  };
}

value view_of(const event& what) {
  return value::map{
      {"number", number(what.number)},
      {"index", number(what.index)},
      {"type", name(what.type)},
      {"at", instant(what.at)},
      {"task", text(what.task)},
      {"schedule_id", text(what.schedule_id)},
      {"job_id", what.job ? value{what.job->to_string()} : value{}},
      {"scheduled_fire_time", instant(what.scheduled_fire_time)},
      {"last_fire_time", instant(what.last_fire_time)},
      {"outcome", outcome_name(what.outcome)},
      {"reason", what.reason ? name(*what.reason) : value{}},
      {"attempt", what.attempt == 0 ? value{} : number(what.attempt)},
      {"executor", text(what.executor)},
      {"text", text(what.text)},
      {"last_lost", what.last_lost == 0 ? value{} : number(what.last_lost)},
  };
}

value view_of(const quarantined_record& what) {
  return value::map{
      {"family", what.family}, {"key", what.key},        {"value", bytes{what.value}},
      {"reason", what.reason}, {"at", instant(what.at)},
  };
}

value view_of(const node_status& what) {
  const auto& node = what.known.what;
  value::list roles;
  for (const auto& [has_it, role] :
       {std::pair{node.has_store, "store"}, {node.is_scheduler, "scheduler"}, {node.is_worker, "worker"}})
    if (has_it)
      roles.emplace_back(role);
  return value::map{
      {"name", node.name},
      {"state", what.is_connected ? "connected" : "gone"},
      {"draining", what.known.is_draining},
      {"roles", std::move(roles)},
      {"labels", value::list(node.labels.begin(), node.labels.end())},
      {"slots", number(node.slots)},
      {"free_slots", number(what.free_slots)},
      {"running_jobs", number(what.running_jobs)},
      {"version", node.version},
      {"zone_data", node.zone_data},
      {"trigger_kinds", value::list(node.trigger_kinds.begin(), node.trigger_kinds.end())},
      {"clock_skew", seconds(what.clock_skew)},
      {"last_contact", seconds(what.last_contact)},
      {"joined_at", instant(what.known.joined_at)},
      {"left_at", instant(what.known.left_at)},
  };
}

value view_of(const store_status& what) {
  return value::map{
      {"backend", what.backend},
      {"path", text(what.path)},
      {"store_id", what.store_id},
      {"format_version", number(what.format_version)},
      {"schedules", number(what.schedules)},
      {"pending_jobs", number(what.pending_jobs)},
      {"running_jobs", number(what.running_jobs)},
      {"quarantined", number(what.quarantined)},
  };
}

value view_of(const check_report& what) {
  return value::map{
      {"ok", what.faults.empty()},
      {"tasks", number(what.tasks)},
      {"schedules", number(what.schedules)},
      {"jobs", number(what.jobs)},
      {"skips", number(what.skips)},
      {"quarantined", number(what.quarantined)},
      {"faults", value::list(what.faults.begin(), what.faults.end())},
  };
}

} // namespace carillon::app
