#include "codec/messages.hpp"

#include <algorithm>

namespace carillon::codec {
namespace {

std::optional<duration> to_duration(bool there, std::int64_t microseconds) {
  return there ? std::optional{duration{microseconds}} : std::nullopt;
}
std::optional<timestamp> to_instant(bool there, std::int64_t microseconds) {
  return there ? std::optional{to_timestamp(microseconds)} : std::nullopt;
}

void set_id(std::string& to, const job_id& id) {
  to.assign(reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size());
}
fault get_id(const std::string& from, job_id& to) {
  job_id::bytes_type raw;
  if (from.size() != raw.size())
    return "a job id that isn't 16 bytes long";
  std::copy(from.begin(), from.end(), raw.begin());
  to = job_id{raw};
  return std::nullopt;
}

template <class Enum>
std::uint32_t number_of(Enum x) noexcept {
  return static_cast<std::uint32_t>(x);
}
template <class Enum>
Enum enum_of(std::uint32_t number) noexcept {
  // A number too large for the type is one that no version has given: 255 is as unknown.
  return static_cast<Enum>(std::min<std::uint32_t>(number, 255));
}

void put_retry(const retry_policy& from, record::retry_policy& to) {
  to.set_max_attempts(from.max_attempts);
  to.set_backoff(number_of(from.backoff));
  to.set_delay(to_number(from.delay));
  to.set_max_delay(to_number(from.max_delay));
  to.set_jitter_percent(from.jitter_percent);
  for (const auto outcome : from.outcomes)
    to.add_outcomes(number_of(outcome));
  for (const auto code : from.exit_codes)
    to.add_exit_codes(code);
}

retry_policy get_retry(const record::retry_policy& from) {
  retry_policy to;
  to.max_attempts = from.max_attempts();
  to.backoff = enum_of<backoff_kind>(from.backoff());
  to.delay = duration{from.delay()};
  to.max_delay = duration{from.max_delay()};
  to.jitter_percent = from.jitter_percent();
  for (const auto number : from.outcomes())
    to.outcomes.push_back(enum_of<job_outcome>(number));
  to.exit_codes.assign(from.exit_codes().begin(), from.exit_codes().end());
  return to;
}

// What a task, a schedule and a job have in common beside what each always had.
void put_limit(const std::optional<concurrency_limit>& from, auto& to) {
  if (!from)
    return;
  to.mutable_limit()->set_key(from->key);
  to.mutable_limit()->set_maximum(from->maximum);
}
std::optional<concurrency_limit> get_limit(const auto& from) {
  return from.has_limit() ? std::optional{concurrency_limit{from.limit().key(), from.limit().maximum()}} : std::nullopt;
}

void put_follow_ups(const std::vector<follow_up>& from, auto& to) { // NOLINT(misc-no-recursion): checked when added
  for (const auto& one : from) {
    auto& added = *to.add_follow_ups();
    added.set_on(number_of(one.on));
    added.set_task(one.task);
    if (!one.arguments.is_null())
      to_message(one.arguments, *added.mutable_arguments());
    added.set_priority(one.priority);
    put_follow_ups(one.follow_ups, added);
  }
}
fault get_follow_ups(const auto& from,
                     std::vector<follow_up>& to) { // NOLINT(misc-no-recursion): Protocol Buffers have a limit
  for (const auto& one : from.follow_ups()) {
    auto& added = to.emplace_back();
    added.on = enum_of<follow_up_trigger>(one.on());
    added.task = one.task();
    added.priority = one.priority();
    if (auto wrong = from_message(one.arguments(), added.arguments))
      return wrong;
    if (auto wrong = get_follow_ups(one, added.follow_ups))
      return wrong;
  }
  return std::nullopt;
}

void put_rate(const start_rate& from, record::start_rate& to) {
  to.set_count(from.count);
  to.set_per(to_number(from.per));
}
start_rate get_rate(const record::start_rate& from) { return {from.count(), duration{from.per()}}; }

void put_rate_limit(const std::optional<rate_limit>& from, auto& to) {
  if (!from)
    return;
  to.mutable_rate()->set_key(from->key);
  put_rate(from->rate, *to.mutable_rate()->mutable_rate());
}
std::optional<rate_limit> get_rate_limit(const auto& from) {
  return from.has_rate() ? std::optional{rate_limit{from.rate().key(), get_rate(from.rate().rate())}} : std::nullopt;
}

// The default isn't written: nearly every job has it.
void put_unless_default(const retry_policy& from, auto& to) {
  static const retry_policy usual;
  if (from != usual)
    put_retry(from, *to.mutable_retry());
}

} // namespace

// The generated classes of proto3 show their unknown fields by reflection only.
void put_unknown(const std::string& from, google::protobuf::Message& to) {
  if (from.empty())
    return;
  auto& fields = *to.GetReflection()->MutableUnknownFields(&to);
  // What can't be read here was never given by `get_unknown`: there is nothing to keep.
  if (!fields.ParseFromString(from))
    fields.Clear();
}

std::string get_unknown(const google::protobuf::Message& from) {
  std::string encoded;
  if (const auto& fields = from.GetReflection()->GetUnknownFields(from); !fields.empty())
    fields.SerializeToString(&encoded);
  return encoded;
}

void to_message(const task& from, record::task& to) {
  to.set_id(from.id);
  to.set_runner(from.runner);
  if (from.max_running_jobs)
    to.set_max_running_jobs(*from.max_running_jobs);
  if (from.rate)
    put_rate(*from.rate, *to.mutable_rate());
  if (from.misfire_grace_time)
    to.set_misfire_grace_time(to_number(*from.misfire_grace_time));
  if (from.time_limit)
    to.set_time_limit(to_number(*from.time_limit));
  to.set_result_expiration(to_number(from.result_expiration));
  to.set_on_loss(number_of(from.on_loss));
  to_message(from.metadata, *to.mutable_metadata());
  to.set_changed(from.changed);
  put_unless_default(from.retry, to);
  for (const auto& label : from.labels)
    to.add_labels(label);
  put_unknown(from.unknown_fields, to);
}

fault from_message(const record::task& from, task& to) {
  to.id = from.id();
  to.runner = from.runner();
  if (from.has_max_running_jobs())
    to.max_running_jobs = from.max_running_jobs();
  if (from.has_rate())
    to.rate = get_rate(from.rate());
  to.misfire_grace_time = to_duration(from.has_misfire_grace_time(), from.misfire_grace_time());
  to.time_limit = to_duration(from.has_time_limit(), from.time_limit());
  to.result_expiration = duration{from.result_expiration()};
  to.on_loss = enum_of<loss_policy>(from.on_loss());
  if (from.has_retry())
    to.retry = get_retry(from.retry());
  to.labels.assign(from.labels().begin(), from.labels().end());
  to.changed = from.changed();
  to.unknown_fields = get_unknown(from);
  return from_message(from.metadata(), to.metadata);
}

void to_message(const schedule_definition& from, record::schedule_definition& to) {
  to.set_id(from.id);
  to.set_task(from.task);
  to_message(from.trigger, *to.mutable_trigger());
  if (!from.arguments.is_null())
    to_message(from.arguments, *to.mutable_arguments());
  to.set_coalesce(number_of(from.coalesce));
  to.set_overlap(number_of(from.overlap));
  if (from.misfire_grace_time)
    to.set_misfire_grace_time(to_number(*from.misfire_grace_time));
  if (from.time_limit)
    to.set_time_limit(to_number(*from.time_limit));
  if (from.result_expiration)
    to.set_result_expiration(to_number(*from.result_expiration));
  to.set_max_jitter(to_number(from.max_jitter));
  to.set_max_catch_up(from.max_catch_up);
  to.set_paused(from.paused);
  to_message(from.metadata, *to.mutable_metadata());
  if (from.retry)
    put_retry(*from.retry, *to.mutable_retry());
  put_limit(from.limit, to);
  put_rate_limit(from.rate, to);
  to.set_runner(from.runner);
  to.set_priority(from.priority);
  put_follow_ups(from.follow_ups, to);
  put_unknown(from.unknown_fields, to);
}

fault from_message(const record::schedule_definition& from, schedule_definition& to) {
  to.id = from.id();
  to.task = from.task();
  if (auto wrong = from_message(from.trigger(), to.trigger))
    return wrong;
  if (auto wrong = from_message(from.arguments(), to.arguments))
    return wrong;
  to.coalesce = enum_of<coalesce_policy>(from.coalesce());
  to.overlap = enum_of<overlap_policy>(from.overlap());
  to.misfire_grace_time = to_duration(from.has_misfire_grace_time(), from.misfire_grace_time());
  to.time_limit = to_duration(from.has_time_limit(), from.time_limit());
  to.result_expiration = to_duration(from.has_result_expiration(), from.result_expiration());
  to.max_jitter = duration{from.max_jitter()};
  to.max_catch_up = from.max_catch_up();
  to.paused = from.paused();
  if (from.has_retry())
    to.retry = get_retry(from.retry());
  to.limit = get_limit(from);
  to.rate = get_rate_limit(from);
  to.runner = from.runner();
  to.priority = from.priority();
  if (auto wrong = get_follow_ups(from, to.follow_ups))
    return wrong;
  to.unknown_fields = get_unknown(from);
  return from_message(from.metadata(), to.metadata);
}

void to_message(const schedule_state& from, record::schedule_state& to) {
  to.set_incarnation(from.incarnation);
  to.set_definition_changed(from.definition_changed);
  to.set_changed(from.changed);
  to_message(from.cursor, *to.mutable_cursor());
  if (from.next_fire_time)
    to.set_next_fire_time(to_number(*from.next_fire_time));
  if (from.last_fire_time)
    to.set_last_fire_time(to_number(*from.last_fire_time));
  if (from.covered_to)
    to.set_covered_to(to_number(*from.covered_to));
  if (from.trigger_since)
    to.set_trigger_since(to_number(*from.trigger_since));
  if (from.first_fire_time)
    to.set_first_fire_time(to_number(*from.first_fire_time));
  if (from.resume_from)
    to.set_resume_from(to_number(*from.resume_from));
  to.set_paused(from.paused);
  to.set_pause_reason(from.pause_reason);
  put_unknown(from.unknown_fields, to);
}

fault from_message(const record::schedule_state& from, schedule_state& to) {
  to.incarnation = from.incarnation();
  to.definition_changed = from.definition_changed();
  to.changed = from.changed();
  to.next_fire_time = to_instant(from.has_next_fire_time(), from.next_fire_time());
  to.last_fire_time = to_instant(from.has_last_fire_time(), from.last_fire_time());
  to.covered_to = to_instant(from.has_covered_to(), from.covered_to());
  to.trigger_since = to_instant(from.has_trigger_since(), from.trigger_since());
  to.first_fire_time = to_instant(from.has_first_fire_time(), from.first_fire_time());
  to.resume_from = to_instant(from.has_resume_from(), from.resume_from());
  to.paused = from.paused();
  to.pause_reason = from.pause_reason();
  to.unknown_fields = get_unknown(from);
  return from_message(from.cursor(), to.cursor);
}

void to_message(const job& from, record::job& to) {
  set_id(*to.mutable_id(), from.id);
  to.set_task(from.task);
  if (!from.arguments.is_null())
    to_message(from.arguments, *to.mutable_arguments());
  to.set_schedule_id(from.schedule_id);
  to.set_incarnation(from.incarnation);
  if (from.scheduled_fire_time)
    to.set_scheduled_fire_time(to_number(*from.scheduled_fire_time));
  to.set_created_at(to_number(from.created_at));
  to.set_not_before(to_number(from.not_before));
  if (from.start_deadline)
    to.set_start_deadline(to_number(*from.start_deadline));
  if (from.time_limit)
    to.set_time_limit(to_number(*from.time_limit));
  to.set_result_expiration(to_number(from.result_expiration));
  to.set_overlap(number_of(from.overlap));
  to_message(from.metadata, *to.mutable_metadata());
  to.set_state(number_of(from.state));
  to.set_attempt(from.attempt);
  to.set_lost_attempts(from.lost_attempts);
  to.set_cancel_requested(from.cancel_requested);
  if (from.held_by) {
    auto& held_by = *to.mutable_held_by();
    held_by.set_executor(from.held_by->executor);
    held_by.set_process(from.held_by->process);
    held_by.set_token(from.held_by->token);
  }
  if (from.started_at)
    to.set_started_at(to_number(*from.started_at));
  to.set_outcome(number_of(from.outcome));
  if (from.finished_at)
    to.set_finished_at(to_number(*from.finished_at));
  if (!from.result.is_null())
    to_message(from.result, *to.mutable_result());
  to.set_error_text(from.error_text);
  to.set_changed(from.changed);
  put_unless_default(from.retry, to);
  put_limit(from.limit, to);
  put_rate_limit(from.rate, to);
  to.set_runner(from.runner);
  to.set_failed_attempts(from.failed_attempts);
  to.set_dead_letter(from.dead_letter);
  if (from.rerun_of)
    set_id(*to.mutable_rerun_of(), *from.rerun_of);
  to.set_failed_token(from.failed_token);
  if (from.first_not_before)
    to.set_first_not_before(to_number(*from.first_not_before));
  to.set_priority(from.priority);
  if (from.unique) {
    to.mutable_unique()->set_key(from.unique->key);
    if (from.unique->window)
      to.mutable_unique()->set_window(to_number(*from.unique->window));
  }
  put_follow_ups(from.follow_ups, to);
  if (from.follows) {
    auto& before = *to.mutable_follows();
    set_id(*before.mutable_id(), from.follows->id);
    before.set_outcome(number_of(from.follows->outcome));
    if (!from.follows->result.is_null())
      to_message(from.follows->result, *before.mutable_result());
    before.set_error_text(from.follows->error_text);
  }
  put_unknown(from.unknown_fields, to);
}

fault from_message(const record::job& from, job& to) {
  if (auto wrong = get_id(from.id(), to.id))
    return wrong;
  to.task = from.task();
  to.schedule_id = from.schedule_id();
  to.incarnation = from.incarnation();
  to.scheduled_fire_time = to_instant(from.has_scheduled_fire_time(), from.scheduled_fire_time());
  to.created_at = to_timestamp(from.created_at());
  to.not_before = to_timestamp(from.not_before());
  to.start_deadline = to_instant(from.has_start_deadline(), from.start_deadline());
  to.time_limit = to_duration(from.has_time_limit(), from.time_limit());
  to.result_expiration = duration{from.result_expiration()};
  to.overlap = enum_of<overlap_policy>(from.overlap());
  to.state = enum_of<job_state>(from.state());
  to.attempt = from.attempt();
  to.lost_attempts = from.lost_attempts();
  to.cancel_requested = from.cancel_requested();
  if (from.has_held_by())
    to.held_by = lease{from.held_by().executor(), from.held_by().process(), from.held_by().token()};
  to.started_at = to_instant(from.has_started_at(), from.started_at());
  to.outcome = enum_of<job_outcome>(from.outcome());
  to.finished_at = to_instant(from.has_finished_at(), from.finished_at());
  to.error_text = from.error_text();
  to.changed = from.changed();
  if (from.has_retry())
    to.retry = get_retry(from.retry());
  to.limit = get_limit(from);
  to.rate = get_rate_limit(from);
  to.runner = from.runner();
  to.failed_attempts = from.failed_attempts();
  to.dead_letter = from.dead_letter();
  if (!from.rerun_of().empty())
    if (auto wrong = get_id(from.rerun_of(), to.rerun_of.emplace()))
      return wrong;
  to.failed_token = from.failed_token();
  to.first_not_before = to_instant(from.has_first_not_before(), from.first_not_before());
  to.priority = from.priority();
  if (auto wrong = get_follow_ups(from, to.follow_ups))
    return wrong;
  if (from.has_unique())
    to.unique = unique_key{from.unique().key(), to_duration(from.unique().has_window(), from.unique().window())};
  if (from.has_follows()) {
    auto& before = to.follows.emplace();
    if (auto wrong = get_id(from.follows().id(), before.id))
      return wrong;
    before.outcome = enum_of<job_outcome>(from.follows().outcome());
    before.error_text = from.follows().error_text();
    if (auto wrong = from_message(from.follows().result(), before.result))
      return wrong;
  }
  to.unknown_fields = get_unknown(from);
  if (auto wrong = from_message(from.arguments(), to.arguments))
    return wrong;
  if (auto wrong = from_message(from.metadata(), to.metadata))
    return wrong;
  return from_message(from.result(), to.result);
}

void to_message(const skip& from, record::skip& to) {
  to.set_schedule_id(from.schedule_id);
  to.set_incarnation(from.incarnation);
  to.set_first(to_number(from.first));
  to.set_last(to_number(from.last));
  if (from.count)
    to.set_count(*from.count);
  to.set_reason(number_of(from.reason));
  to.set_decided_at(to_number(from.decided_at));
}

fault from_message(const record::skip& from, skip& to) {
  to.schedule_id = from.schedule_id();
  to.incarnation = from.incarnation();
  to.first = to_timestamp(from.first());
  to.last = to_timestamp(from.last());
  if (from.has_count())
    to.count = from.count();
  to.reason = enum_of<skip_reason>(from.reason());
  to.decided_at = to_timestamp(from.decided_at());
  return std::nullopt;
}

void to_message(const past_definition& from, record::past_definition& to) {
  to.set_incarnation(from.incarnation);
  to.set_changed(from.changed);
  if (from.trigger_since)
    to.set_trigger_since(to_number(*from.trigger_since));
  if (from.covered_to)
    to.set_covered_to(to_number(*from.covered_to));
  to.set_replaced_at(to_number(from.replaced_at));
  to_message(from.what, *to.mutable_what());
}

fault from_message(const record::past_definition& from, past_definition& to) {
  to.incarnation = from.incarnation();
  to.changed = from.changed();
  to.trigger_since = to_instant(from.has_trigger_since(), from.trigger_since());
  to.covered_to = to_instant(from.has_covered_to(), from.covered_to());
  to.replaced_at = to_timestamp(from.replaced_at());
  return from_message(from.what(), to.what);
}

void to_message(const event& from, record::event& to) {
  to.set_number(from.number);
  to.set_index(from.index);
  to.set_type(number_of(from.type));
  to.set_at(to_number(from.at));
  to.set_task(from.task);
  to.set_schedule_id(from.schedule_id);
  if (from.job)
    set_id(*to.mutable_job(), *from.job);
  if (from.scheduled_fire_time)
    to.set_scheduled_fire_time(to_number(*from.scheduled_fire_time));
  if (from.last_fire_time)
    to.set_last_fire_time(to_number(*from.last_fire_time));
  to.set_outcome(number_of(from.outcome));
  if (from.reason)
    to.set_reason(number_of(*from.reason));
  to.set_attempt(from.attempt);
  to.set_executor(from.executor);
  to.set_text(from.text);
  to.set_last_lost(from.last_lost);
}

fault from_message(const record::event& from, event& to) {
  to.number = from.number();
  to.index = from.index();
  to.type = enum_of<event_type>(from.type());
  to.at = to_timestamp(from.at());
  to.task = from.task();
  to.schedule_id = from.schedule_id();
  if (!from.job().empty())
    if (auto wrong = get_id(from.job(), to.job.emplace()))
      return wrong;
  to.scheduled_fire_time = to_instant(from.has_scheduled_fire_time(), from.scheduled_fire_time());
  to.last_fire_time = to_instant(from.has_last_fire_time(), from.last_fire_time());
  to.outcome = enum_of<job_outcome>(from.outcome());
  if (from.has_reason())
    to.reason = enum_of<skip_reason>(from.reason());
  to.attempt = from.attempt();
  to.executor = from.executor();
  to.text = from.text();
  to.last_lost = from.last_lost();
  return std::nullopt;
}

} // namespace carillon::codec
