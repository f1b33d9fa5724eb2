// The requests of the facade: each asks the store's actors, wherever they are.
#include "base/duration_limit.hpp"
#include "runtime/node_body.hpp"
#include "runtime/task_settings.hpp"

#include <fmt/format.h>

namespace carillon {

using runtime::store_handles;

pending<task> node::configure_task(const std::string& id, const std::function<void(task&)>& change) {
  const pending<task>::promise answer;
  body_->configure_task(id, change, answer);
  return answer.answer();
}
pending<task> node::find_task(std::string id) const {
  return body_->ask<task>(&store_handles::reader, carillon::find_task{std::move(id)});
}
pending<page<task>> node::list_tasks(page_request request) const {
  return body_->ask<page<task>>(&store_handles::reader, carillon::list_tasks{std::move(request)});
}

pending<void> node::remove_task(std::string id, bool force) {
  return body_->ask<done>(&store_handles::store, carillon::remove_task{std::move(id), force});
}

pending<schedule> node::add_schedule(schedule_definition what, conflict_policy on_conflict) {
  if (auto checked = runtime::check_runner(what.task, what.runner, body_->runners->names()); !checked)
    return runtime::answered<schedule>(checked.err());
  if (auto fits = body_->check_arguments(what.task, what.arguments); !fits)
    return runtime::answered<schedule>(fits.err());
  return body_->ask<schedule>(&store_handles::store, carillon::add_schedule{std::move(what), on_conflict});
}
pending<schedule> node::pause_schedule(std::string id) {
  return body_->ask<schedule>(&store_handles::store, carillon::pause_schedule{std::move(id)});
}
pending<schedule> node::resume_schedule(std::string id, std::optional<timestamp> from) {
  return body_->ask<schedule>(&store_handles::store,
                              carillon::resume_schedule{std::move(id), from.has_value(), from.value_or(timestamp{})});
}
pending<void> node::remove_schedule(std::string id) {
  return body_->ask<done>(&store_handles::store, carillon::remove_schedule{std::move(id)});
}
pending<schedule> node::find_schedule(std::string id) const {
  return body_->ask<schedule>(&store_handles::reader, carillon::find_schedule{std::move(id)});
}
pending<page<schedule>> node::list_schedules(page_request request) const {
  return body_->ask<page<schedule>>(&store_handles::reader, carillon::list_schedules{std::move(request)});
}
pending<schedule_explanation> node::explain_schedule(std::string id, std::size_t decisions, std::size_t coming) const {
  return body_->ask<schedule_explanation>(&store_handles::reader,
                                          carillon::explain_schedule{std::move(id), decisions, coming});
}
pending<schedule_preview> node::preview_schedule(std::string id, std::optional<timestamp> resume_from,
                                                 std::size_t coming) const {
  return body_->ask<schedule_preview>(
      &store_handles::reader,
      carillon::preview_schedule{std::move(id), resume_from.has_value(), resume_from.value_or(timestamp{}), coming});
}
pending<page<past_definition>> node::list_past_definitions(std::string schedule_id, page_request request) const {
  return body_->ask<page<past_definition>>(&store_handles::reader,
                                           carillon::list_past_definitions{std::move(schedule_id), std::move(request)});
}
pending<page<skip>> node::list_skips(std::string schedule_id, page_request request) const {
  return body_->ask<page<skip>>(&store_handles::reader,
                                carillon::list_skips{std::move(schedule_id), std::move(request)});
}

pending<job> node::add_job(job_request what) {
  auto made = body_->make_job(std::move(what));
  if (!made)
    return runtime::answered<job>(made.err());
  const auto there = body_->reached();
  return there->adder ? there->adder->add(*std::move(made), body_->config.request_limit)
                      : runtime::answered<job>(runtime::not_connected());
}
pending<std::vector<result<job_id>>> node::add_jobs(std::vector<job_request> what) {
  using ids = std::vector<result<job_id>>;
  const auto& bounds = body_->config.store.bounds;
  if (what.size() > bounds.batch_items)
    return runtime::answered<ids>(
        {ec::limit_exceeded, fmt::format("{} jobs at once: the limit is {}", what.size(), bounds.batch_items)});
  ids known; // of those that are refused here, why; of the others it is told below
  carillon::add_jobs asked;
  std::size_t size = 0;
  const auto now = system_clock().now().wall;
  for (auto& one : what) {
    auto made = body_->make_job(std::move(one), now);
    known.push_back(made ? result<job_id>{made->id} : made.err());
    if (!made)
      continue;
    size += size_bytes(*made);
    asked.jobs.push_back(*std::move(made));
  }
  if (size > bounds.batch_size_bytes)
    return runtime::answered<ids>(
        {ec::limit_exceeded, fmt::format("jobs of {} bytes at once: the limit is {}", size, bounds.batch_size_bytes)});
  pending<ids>::promise answer;
  body_->ask<jobs_added>(&store_handles::store, std::move(asked))
      .then([answer, known = std::move(known)](result<jobs_added> told) mutable {
        if (!told)
          return answer.resolve(told.err());
        auto next = told->jobs.begin();
        for (auto& one : known)
          if (one) {
            one = next->refused == ec::none ? result<job_id>{next->id} : error{next->refused, std::move(next->why)};
            ++next;
          }
        answer.resolve(std::move(known));
      });
  return answer.answer();
}
pending<page<job>> node::list_dead_letters(page_request request) const {
  return body_->ask<page<job>>(&store_handles::reader, carillon::list_dead_letters{std::move(request)});
}
pending<job> node::drop_dead_letter(job_id id) {
  return body_->ask<job>(&store_handles::store, carillon::drop_dead_letter{id});
}
pending<job> node::rerun_job(job_id id, std::optional<job_id> new_id) {
  return body_->ask<job>(&store_handles::store, carillon::rerun_job{id, new_id ? *new_id : body_->make_job_id()});
}
pending<job> node::run_schedule(std::string id, std::optional<job_id> new_id) {
  return body_->ask<job>(&store_handles::store,
                         carillon::run_schedule{std::move(id), new_id ? *new_id : body_->make_job_id()});
}
pending<backfill_progress> node::backfill_schedule(backfill what) {
  if (what.id == job_id{})
    what.id = body_->make_job_id();
  return body_->ask<backfill_progress>(&store_handles::store, carillon::backfill_schedule{std::move(what)});
}
pending<job> node::cancel_job(job_id id) { return body_->ask<job>(&store_handles::store, carillon::cancel_job{id}); }
pending<job> node::find_job(job_id id) const { return body_->ask<job>(&store_handles::reader, carillon::find_job{id}); }
pending<job_explanation> node::explain_job(job_id id) const {
  return body_->ask<job_explanation>(&store_handles::store, carillon::explain_job{id});
}
pending<page<job>> node::list_jobs(job_filter filter, page_request request) const {
  return body_->ask<page<job>>(&store_handles::reader, carillon::list_jobs{std::move(filter), std::move(request)});
}
pending<job> node::wait_for_job(job_id id, duration limit) const {
  // The store answers within `limit`; the request's own time limit is for a store that doesn't answer at all.
  return body_->ask_within<job>(std::min(limit, longest_duration) + body_->config.request_limit, &store_handles::store,
                                carillon::wait_for_job{id, limit});
}

pending<job_log_page> node::job_log(job_id id, std::uint64_t after, std::size_t limit, duration wait) const {
  return body_->ask_within<job_log_page>(std::min(wait, longest_log_wait) + body_->config.request_limit,
                                         &store_handles::job_log, read_job_log{id, after, limit, wait});
}

subscription node::subscribe(event_filter filter, std::function<void(const event&)> deliver,
                             std::optional<revision> since) {
  return body_->subscriptions.add(std::move(filter), std::move(deliver), since);
}
pending<event> node::next_event(event_filter filter, duration limit, std::optional<revision> since) const {
  if (auto good = check_duration("limit", limit); !good)
    return runtime::answered<event>(good.err());
  const auto there = body_->reached();
  return runtime::next_event(body_->system, there->client, there->broker, std::move(filter), limit, since);
}
pending<page<event>> node::list_events(event_filter filter, page_request request) const {
  return body_->ask<page<event>>(&store_handles::broker, carillon::list_events{std::move(filter), std::move(request)});
}

pending<store_status> node::status() const { return body_->ask<store_status>(&store_handles::reader, get_status{}); }
pending<std::vector<node_status>> node::list_nodes() const {
  const pending<std::vector<node_status>>::promise answer;
  body_->ask<node_list>(&store_handles::gate, carillon::list_nodes{}).then([answer](result<node_list> found) {
    answer.resolve(found ? result<std::vector<node_status>>{std::move(found->nodes)} : found.err());
  });
  return answer.answer();
}
pending<void> node::drain_node(std::string name, bool hand_back) {
  return body_->ask<done>(&store_handles::store, carillon::drain_node{std::move(name), true, hand_back});
}
pending<void> node::resume_node(std::string name) {
  return body_->ask<done>(&store_handles::store, carillon::drain_node{std::move(name), false, false});
}
pending<void> node::remove_node(std::string name) {
  return body_->ask<done>(&store_handles::gate, carillon::remove_node{std::move(name)});
}

pending<page<quarantined_record>> node::list_quarantined(page_request request) const {
  return body_->ask<page<quarantined_record>>(&store_handles::reader, carillon::list_quarantined{std::move(request)});
}
pending<void> node::clean_up() {
  constexpr duration clean_limit = std::chrono::hours{1};
  return body_->ask_within<done>(clean_limit, &store_handles::reader, carillon::clean_up{});
}
pending<void> node::back_up(std::string folder) const {
  constexpr duration backup_limit = std::chrono::hours{6};
  if (!body_->actors.long_reader)
    return runtime::answered<void>(
        {ec::unsupported, "this node has no store of its own: ask the node that it joins for the backup"});
  return runtime::ask<done>(body_->client, body_->actors.long_reader, backup_limit, back_up_store{std::move(folder)});
}
pending<check_report> node::check_store() const {
  constexpr duration check_limit = std::chrono::hours{1};
  return body_->ask_within<check_report>(check_limit, &store_handles::reader, carillon::check_store{});
}

} // namespace carillon
