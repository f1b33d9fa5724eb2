#include "carillon/runtime/node.hpp"

#include "base/duration_limit.hpp"
#include "base/job_id_sequence.hpp"
#include "carillon/base/log.hpp"
#include "carillon/model/built_in.hpp"
#include "carillon/protocol/job_actor_protocol.hpp"
#include "runtime/client.hpp"
#include "runtime/clock_watch.hpp"
#include "runtime/composition.hpp"
#include "runtime/identity.hpp"
#include "runtime/subscriber.hpp"
#include "runtime/task_settings.hpp"
#include "runtime/watch.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <thread>

namespace carillon {
namespace {

// Leftovers of an earlier process get this long to be gone.
constexpr duration begin_limit = std::chrono::seconds{60};
// Between the end of the grace and the end of what ignores it: TERM, KILL, report.
constexpr duration stop_slack = std::chrono::seconds{20};

struct actor_configuration : caf::actor_system_config {
  actor_configuration() {
    add_message_types<caf::id_block::carillon>();
    set("scheduler.policy", caf::atom("sharing")); // no wake-ups when idle
    set("logger.file-verbosity", caf::atom("quiet"));
    set("logger.console-verbosity", caf::atom("quiet"));
  }
};

result<node_config> complete(node_config config) {
  if (!config.name.empty())
    if (auto good = check_id("name", config.name); !good)
      return good.err();
  for (const auto& checked :
       {check_duration("lease", config.store.lease), check_duration("claim", config.store.claim),
        check_duration("history_retention", config.store.history_retention),
        check_duration("request_limit", config.request_limit), check_duration("stop_grace", config.stop_grace),
        check_duration("defaults.misfire_grace_time", config.defaults.misfire_grace_time),
        check_duration("defaults.time_limit", config.defaults.time_limit),
        check_duration("defaults.result_expiration", config.defaults.result_expiration)})
    if (!checked)
      return checked.err().within("node_config");
  if (config.store.lease == duration{0} || config.request_limit == duration{0})
    return {ec::invalid_argument, "node_config: lease and request_limit must be > 0"};
  if (config.defaults.max_running_jobs == 0)
    return {ec::invalid_argument, "node_config: defaults.max_running_jobs: must be at least 1"};
  if (config.slots == 0)
    config.slots = std::max<std::size_t>(16, 4 * std::size_t{std::thread::hardware_concurrency()});
  if (config.threads == 0)
    config.threads = config.slots;
  return config;
}

result<std::string> find_identity(const node_config& config) {
  if (!config.name.empty())
    return config.name;
  return config.data_folder.empty() ? runtime::make_identity(system_entropy())
                                    : runtime::open_identity(config.data_folder, system_entropy());
}

std::vector<std::shared_ptr<runner>> make_runners(const node_config& config) {
  std::vector<std::shared_ptr<runner>> all;
  all.push_back(make_inline_runner());
  all.push_back(make_inline_runner("actor"));
  all.push_back(make_thread_pool_runner(config.threads));
  if (!config.command_launcher.empty())
    all.push_back(make_command_runner({config.command_launcher,
                                       config.data_folder.empty() ? std::string{} : config.data_folder + "/commands",
                                       config.store.bounds.output_size_bytes}));
  if (auto isolated = isolated_tasks_of_program())
    all.push_back(make_isolated_runner(
        {std::move(isolated), config.data_folder.empty() ? std::string{} : config.data_folder + "/isolated"}));
  if (config.http)
    all.push_back(make_http_runner(*config.http));
  return all;
}

} // namespace

struct node::implementation {
  implementation(node_config checked, std::shared_ptr<data_store> opened)
    : config(std::move(checked)), store(std::move(opened)),
      runners(std::make_shared<runner_registry>(make_runners(config))), system(system_configuration) {
    runtime::node_parts parts;
    parts.store = store;
    parts.tasks = tasks;
    parts.scheduler = config.scheduler;
    parts.worker = config.worker;
    parts.runners = runners;
    parts.time = &system_clock();
    parts.history_retention = config.store.history_retention;
    parts.executor = {{config.name, store->process()},
                      static_cast<std::uint32_t>(config.slots),
                      config.store.lease,
                      config.store.bounds};
    actors = runtime::spawn_node(system, std::move(parts));
    client = runtime::spawn_client(system);
    watch = runtime::spawn_watch(system, actors, [this](const error& why) { fail(why); });
    watch_clock();
  }

  // Without it, what the clock's setting means is noticed within a minute.
  void watch_clock() {
    auto alarm = runtime::open_clock_alarm();
    if (!alarm)
      return log(log_level::info, "the clock isn't watched: " + alarm.err().text());
    auto started = runtime::clock_watch::start(*std::move(alarm), [store = actors.store, executor = actors.executor] {
      caf::anon_send(store, clock_changed{});
      if (executor)
        caf::anon_send(executor, clock_changed{});
    });
    if (!started)
      return log(log_level::info, "the clock isn't watched: " + started.err().text());
    clock_watch = *std::move(started);
  }

  void fail(const error& why) {
    log(log_level::error, why.text() + ": nothing is answered any more; start the program again");
    caf::anon_send_exit(client, caf::exit_reason::kill); // and with it all that waits for an answer
    {
      const std::lock_guard guard{mutex};
      failure = why;
      stopped.notify_all();
    }
    if (config.on_failure)
      config.on_failure(why);
  }

  /// Whether the task's code, if this node has it, takes these. Errors: ec::invalid_argument.
  [[nodiscard]] result<void> check_arguments(const std::string& task, const value& arguments) const {
    const auto known = tasks->find(task);
    if (!known || !known->code)
      return {};
    const auto fits = known->code->check(arguments);
    return fits ? fits : fits.err().within("arguments");
  }

  template <class Reply, class Handle, class Message>
  auto ask(const Handle& to, Message message) {
    return runtime::ask<Reply>(client, to, config.request_limit, std::move(message));
  }

  // Read, change, record; from the start if it has been changed by somebody else meanwhile.
  void configure_task(const std::string& id, const std::function<void(task&)>& change,
                      const pending<task>::promise& answer) {
    ask<task>(actors.reader, carillon::find_task{id}).then([this, id, change, answer](result<task> found) {
      if (!found && found.err().code() != ec::not_found)
        return answer.resolve(found.err());
      auto settings = found ? *std::move(found) : runtime::new_task(id, config.defaults);
      const auto based_on = settings.changed;
      change(settings);
      settings.id = id;
      settings.changed = based_on;
      if (auto checked = runtime::check_runner(id, settings.runner, runners->names()); !checked)
        return answer.resolve(checked.err());
      ask<done>(actors.store, put_task{std::move(settings)})
          .then([this, id, change, answer](const result<void>& recorded) {
            if (!recorded && recorded.err().code() == ec::stale_revision)
              return configure_task(id, change, answer);
            if (!recorded)
              return answer.resolve(recorded.err());
            ask<task>(actors.reader, carillon::find_task{id}).then([answer](result<task> now) {
              answer.resolve(std::move(now));
            });
          });
    });
  }

  node_config config;
  std::shared_ptr<data_store> store;
  std::shared_ptr<task_registry> tasks = std::make_shared<task_registry>();
  std::shared_ptr<runner_registry> runners;
  actor_configuration system_configuration;
  caf::actor_system system;
  runtime::node_actors actors; // before `system` in destruction
  caf::actor client;
  caf::actor watch;
  std::unique_ptr<runtime::clock_watch> clock_watch;

  job_id make_job_id() {
    return job_ids.next(system_clock().now().wall, system_entropy().next(), system_entropy().next());
  }

  job_id_sequence job_ids;
  std::mutex mutex; // guards what follows
  std::condition_variable stopped;
  bool is_started = false;
  bool is_stopped = false; // stopping or ended
  bool is_ended = false;
  std::optional<error> failure;
};

result<node> node::open(node_config config) {
  auto checked = complete(std::move(config));
  if (!checked)
    return checked.err();
  auto store = checked->data_folder.empty() ? open_memory_store(checked->store)
                                            : open_rocksdb_store(checked->data_folder, checked->store);
  if (!store)
    return store.err();
  auto name = find_identity(*checked); // after the store, whose lock it needs
  if (!name)
    return name.err();
  checked->name = *std::move(name);
  node opened{std::make_unique<implementation>(*std::move(checked), *std::move(store))};
  // So that they are there, with the settings that they have or the defaults.
  for (const auto& [id, is_on] : {std::pair{command_task, !opened.config().command_launcher.empty()},
                                  {http_task, opened.config().http.has_value()}})
    if (is_on)
      if (auto recorded = opened.configure_task(id, [](task&) {}).get(); !recorded)
        return recorded.err();
  return opened;
}

node::node(std::unique_ptr<implementation> body) noexcept : body_(std::move(body)) {}
node::node(node&&) noexcept = default;
node& node::operator=(node&& other) noexcept {
  std::swap(body_, other.body_);
  return *this;
}
node::~node() {
  if (body_)
    stop();
}

result<void> node::register_task_function(task settings, task_function code) {
  if (auto good = check_id("task id", settings.id); !good)
    return good;
  if (is_built_in(settings.id))
    return {ec::invalid_argument, fmt::format("the task name {:?} is taken by the built-in one", settings.id)};
  for (const auto& checked : {runtime::check_isolated(settings, isolated_tasks_of_program().get()),
                              runtime::check_runner(settings.id, settings.runner, body_->runners->names())})
    if (!checked)
      return checked;
  auto shared = std::make_shared<const task_function>(std::move(code));
  body_->tasks->put(settings.id, {settings.runner.empty() ? task{}.runner : settings.runner, std::move(shared)});
  const auto id = settings.id;
  const auto recorded = configure_task(id, [body = body_.get(), said = std::move(settings)](task& what) {
                          what = runtime::say(std::move(what), said, body->config.defaults);
                        }).get();
  if (!recorded)
    return recorded.err();
  const std::lock_guard guard{body_->mutex};
  if (body_->is_started && !body_->is_stopped && body_->config.worker)
    caf::anon_send(body_->actors.executor, begin_work{}); // offers the new task
  return {};
}

result<void> node::register_runner(std::shared_ptr<runner> one) { return body_->runners->put(std::move(one)); }

result<void> node::start() {
  if (!body_->config.worker)
    (void)body_->runners->take(); // none is registered from now on
  if (body_->config.worker)
    if (auto ready = runtime::ask<done>(body_->client, body_->actors.executor, begin_limit, begin_work{}).get(); !ready)
      return ready;
  if (body_->config.scheduler)
    caf::anon_send(body_->actors.scheduler, begin_work{});
  const std::lock_guard guard{body_->mutex};
  body_->is_started = true;
  return {};
}

result<void> node::run() {
  if (auto started = start(); !started)
    return started;
  std::unique_lock lock{body_->mutex};
  body_->stopped.wait(lock, [this] { return body_->is_ended || body_->failure; });
  return body_->failure ? result<void>{*body_->failure} : result<void>{};
}

void node::stop() {
  {
    std::unique_lock lock{body_->mutex};
    if (std::exchange(body_->is_stopped, true)) { // somebody else stops it, or has: ended it is for both
      body_->stopped.wait(lock, [this] { return body_->is_ended; });
      return;
    }
  }
  body_->clock_watch.reset();
  auto& actors = body_->actors;
  const auto tell = [](const char* what, const result<void>& ended) {
    if (!ended)
      log(log_level::warning, fmt::format("while stopping: {}: {}", what, ended.err().text()));
  };
  if (actors.scheduler)
    tell("scheduler", runtime::ask<done>(body_->client, actors.scheduler, stop_slack, drain_work{}).get());
  if (actors.executor)
    tell("executor", runtime::ask<done>(body_->client, actors.executor, body_->config.stop_grace + stop_slack,
                                        drain_work{body_->config.stop_grace})
                         .get());
  caf::scoped_actor self{body_->system};
  const auto end = [&self](const auto& handle) { // the handle stays: others may be asking through it
    if (!handle)
      return;
    self->monitor(handle);
    self->send_exit(handle, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {},
                  caf::after(stop_slack) >> [] { log(log_level::error, "while stopping: an actor doesn't end"); });
  };
  end(body_->watch);
  end(actors.scheduler);
  end(actors.executor);
  end(actors.job_log);
  end(actors.store);
  end(actors.reader);
  body_->store->interrupt_clean_up();
  end(actors.long_reader);
  end(actors.broker);
  end(body_->client);
  // Delayed messages hold their receivers, and with them the store, until they are due.
  body_->system.clock().cancel_all();
  body_->store.reset();
  const std::lock_guard guard{body_->mutex};
  body_->is_ended = true;
  body_->stopped.notify_all();
}

pending<task> node::configure_task(const std::string& id, const std::function<void(task&)>& change) {
  const pending<task>::promise answer;
  body_->configure_task(id, change, answer);
  return answer.answer();
}
pending<task> node::find_task(std::string id) const {
  return body_->ask<task>(body_->actors.reader, carillon::find_task{std::move(id)});
}
pending<page<task>> node::list_tasks(page_request request) const {
  return body_->ask<page<task>>(body_->actors.reader, carillon::list_tasks{std::move(request)});
}

pending<void> node::remove_task(std::string id, bool force) {
  return body_->ask<done>(body_->actors.store, carillon::remove_task{std::move(id), force});
}

pending<schedule> node::add_schedule(schedule_definition what, conflict_policy on_conflict) {
  if (auto checked = runtime::check_runner(what.task, what.runner, body_->runners->names()); !checked)
    return runtime::answered<schedule>(checked.err());
  if (auto fits = body_->check_arguments(what.task, what.arguments); !fits)
    return runtime::answered<schedule>(fits.err());
  return body_->ask<schedule>(body_->actors.store, carillon::add_schedule{std::move(what), on_conflict});
}
pending<schedule> node::pause_schedule(std::string id) {
  return body_->ask<schedule>(body_->actors.store, carillon::pause_schedule{std::move(id)});
}
pending<schedule> node::resume_schedule(std::string id, std::optional<timestamp> from) {
  return body_->ask<schedule>(body_->actors.store,
                              carillon::resume_schedule{std::move(id), from.has_value(), from.value_or(timestamp{})});
}
pending<void> node::remove_schedule(std::string id) {
  return body_->ask<done>(body_->actors.store, carillon::remove_schedule{std::move(id)});
}
pending<schedule> node::find_schedule(std::string id) const {
  return body_->ask<schedule>(body_->actors.reader, carillon::find_schedule{std::move(id)});
}
pending<page<schedule>> node::list_schedules(page_request request) const {
  return body_->ask<page<schedule>>(body_->actors.reader, carillon::list_schedules{std::move(request)});
}
pending<schedule_explanation> node::explain_schedule(std::string id, std::size_t decisions, std::size_t coming) const {
  return body_->ask<schedule_explanation>(body_->actors.reader,
                                          carillon::explain_schedule{std::move(id), decisions, coming});
}
pending<schedule_preview> node::preview_schedule(std::string id, std::optional<timestamp> resume_from,
                                                 std::size_t coming) const {
  return body_->ask<schedule_preview>(
      body_->actors.reader,
      carillon::preview_schedule{std::move(id), resume_from.has_value(), resume_from.value_or(timestamp{}), coming});
}
pending<page<past_definition>> node::list_past_definitions(std::string schedule_id, page_request request) const {
  return body_->ask<page<past_definition>>(body_->actors.reader,
                                           carillon::list_past_definitions{std::move(schedule_id), std::move(request)});
}
pending<page<skip>> node::list_skips(std::string schedule_id, page_request request) const {
  return body_->ask<page<skip>>(body_->actors.reader, carillon::list_skips{std::move(schedule_id), std::move(request)});
}

pending<job> node::add_job(job_request what) {
  if (auto checked = runtime::check_runner(what.task, what.runner, body_->runners->names()); !checked)
    return runtime::answered<job>(checked.err());
  if (what.retry) // here, as a message can't tell a bad 0 from "not said"
    if (auto checked = check_retry(*what.retry); !checked)
      return runtime::answered<job>(checked.err().within("retry"));
  if (auto fits = body_->check_arguments(what.task, what.arguments); !fits)
    return runtime::answered<job>(fits.err());
  job made;
  const auto now = system_clock().now().wall;
  made.id = what.id ? *what.id : body_->make_job_id();
  made.task = std::move(what.task);
  made.arguments = std::move(what.arguments);
  made.not_before = what.not_before.value_or(std::min(made.id.time(), now)); // the same when the request is repeated
  made.start_deadline = what.start_deadline;
  made.time_limit = what.time_limit;
  made.result_expiration = what.result_expiration.value_or(duration{0});
  made.limit = std::move(what.limit);
  made.rate = std::move(what.rate);
  made.priority = what.priority;
  made.unique = std::move(what.unique);
  made.follow_ups = std::move(what.follow_ups);
  made.runner = std::move(what.runner);
  made.retry = std::move(what.retry).value_or(retry_policy{.max_attempts = 0});
  made.metadata = std::move(what.metadata);
  return body_->ask<job>(body_->actors.store, carillon::add_job{std::move(made)});
}
pending<page<job>> node::list_dead_letters(page_request request) const {
  return body_->ask<page<job>>(body_->actors.reader, carillon::list_dead_letters{std::move(request)});
}
pending<job> node::drop_dead_letter(job_id id) {
  return body_->ask<job>(body_->actors.store, carillon::drop_dead_letter{id});
}
pending<job> node::rerun_job(job_id id, std::optional<job_id> new_id) {
  return body_->ask<job>(body_->actors.store, carillon::rerun_job{id, new_id ? *new_id : body_->make_job_id()});
}
pending<job> node::run_schedule(std::string id, std::optional<job_id> new_id) {
  return body_->ask<job>(body_->actors.store,
                         carillon::run_schedule{std::move(id), new_id ? *new_id : body_->make_job_id()});
}
pending<backfill_progress> node::backfill_schedule(backfill what) {
  if (what.id == job_id{})
    what.id = body_->make_job_id();
  return body_->ask<backfill_progress>(body_->actors.store, carillon::backfill_schedule{std::move(what)});
}
pending<job> node::cancel_job(job_id id) { return body_->ask<job>(body_->actors.store, carillon::cancel_job{id}); }
pending<job> node::find_job(job_id id) const { return body_->ask<job>(body_->actors.reader, carillon::find_job{id}); }
pending<job_explanation> node::explain_job(job_id id) const {
  return body_->ask<job_explanation>(body_->actors.store, carillon::explain_job{id});
}
pending<page<job>> node::list_jobs(job_filter filter, page_request request) const {
  return body_->ask<page<job>>(body_->actors.reader, carillon::list_jobs{std::move(filter), std::move(request)});
}
pending<job> node::wait_for_job(job_id id, duration limit) const {
  // The store answers within `limit`; the request's own time limit is for a store that doesn't answer at all.
  return runtime::ask<job>(body_->client, body_->actors.store,
                           std::min(limit, longest_duration) + body_->config.request_limit,
                           carillon::wait_for_job{id, limit});
}

pending<job_log_page> node::job_log(job_id id, std::uint64_t after, std::size_t limit, duration wait) const {
  return runtime::ask<job_log_page>(body_->client, body_->actors.job_log,
                                    std::min(wait, longest_log_wait) + body_->config.request_limit,
                                    read_job_log{id, after, limit, wait});
}

subscription node::subscribe(event_filter filter, std::function<void(const event&)> deliver,
                             std::optional<revision> since) {
  return runtime::subscribe(body_->system, body_->actors.broker, std::move(filter), std::move(deliver), since);
}
pending<event> node::next_event(event_filter filter, duration limit, std::optional<revision> since) const {
  if (auto good = check_duration("limit", limit); !good)
    return runtime::answered<event>(good.err());
  return runtime::next_event(body_->system, body_->client, body_->actors.broker, std::move(filter), limit, since);
}
pending<page<event>> node::list_events(event_filter filter, page_request request) const {
  return body_->ask<page<event>>(body_->actors.broker, carillon::list_events{std::move(filter), std::move(request)});
}

pending<store_status> node::status() const { return body_->ask<store_status>(body_->actors.reader, get_status{}); }
pending<page<quarantined_record>> node::list_quarantined(page_request request) const {
  return body_->ask<page<quarantined_record>>(body_->actors.reader, carillon::list_quarantined{std::move(request)});
}
pending<void> node::clean_up() {
  constexpr duration clean_limit = std::chrono::hours{1};
  return runtime::ask<done>(body_->client, body_->actors.reader, clean_limit, carillon::clean_up{});
}
pending<check_report> node::check_store() const {
  constexpr duration check_limit = std::chrono::hours{1};
  return runtime::ask<check_report>(body_->client, body_->actors.reader, check_limit, carillon::check_store{});
}
const node_config& node::config() const noexcept { return body_->config; }

} // namespace carillon
