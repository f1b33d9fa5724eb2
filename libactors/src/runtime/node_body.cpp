#include "runtime/node_body.hpp"

#include "carillon/base/log.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/protocol/job_actor_protocol.hpp"
#include "cluster/network.hpp"
#include "runtime/task_settings.hpp"
#include "runtime/watch.hpp"

#include <sys/prctl.h>

namespace carillon {
namespace {

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

/// Timers of CAF's threads ring when they are told to: Linux would let them be 50 us late (prctl(2), PR_SET_TIMERSLACK).
class punctual_timers final : public caf::thread_hook {
public:
  void init(caf::actor_system& /*system*/) override {}
  void thread_started() override { ::prctl(PR_SET_TIMERSLACK, 1UL); } // in ns
  void thread_terminates() override {}
};

} // namespace

runtime::actor_configuration::actor_configuration(const cluster_config& cluster, const cluster::tls_copies& copies) {
  add_message_types<caf::id_block::carillon>();
  add_thread_hook<punctual_timers>();
  set("scheduler.policy", caf::atom("sharing")); // no wake-ups when idle
  set("logger.file-verbosity", caf::atom("quiet"));
  set("logger.console-verbosity", caf::atom("quiet"));
  if (!cluster.listen.empty() || !cluster.join.empty())
    cluster::configure_network(*this, copies);
}

node::implementation::implementation(node_config checked, std::shared_ptr<data_store> opened, file_descriptor locked,
                                     cluster::tls_copies copies)
  : config(std::move(checked)), folder_lock(std::move(locked)), store(std::move(opened)),
    runners(std::make_shared<runner_registry>(make_runners(config))), tls(std::move(copies)),
    system_configuration(config.cluster, tls), system(system_configuration) {
  cluster::prepare_network(system, tls);
  client = runtime::spawn_client(system);
  ends.watch(client);
  runtime::node_parts parts;
  parts.ends = ends;
  parts.store = store;
  parts.tasks = tasks;
  parts.scheduler = config.scheduler;
  parts.worker = config.worker;
  parts.runners = runners;
  parts.time = &system_clock();
  parts.history_retention = config.store.history_retention;
  parts.level = config.store.level;
  parts.executor = {{config.name, store ? store->process() : 0},
                    static_cast<std::uint32_t>(config.slots),
                    config.store.lease,
                    config.store.bounds,
                    config.labels};
  if (!store) {
    parts.connector = connector = cluster::spawn_connector(system, config.cluster);
    ends.watch(connector);
    parts.link = {config.cluster.name, {}, true, [this](const result<welcome>& found) { on_store(found); }};
  }
  self = runtime::describe(parts);
  actors = runtime::spawn_node(system, std::move(parts));
  if (store) {
    handles = std::make_shared<const runtime::store_handles>(
        runtime::store_handles{actors.store,
                               actors.reader,
                               actors.broker,
                               actors.job_log,
                               {},
                               client,
                               std::make_shared<runtime::job_adder>(client, actors.store, config.store.bounds)});
    subscriptions.use(actors.broker);
  }
  watch_clock();
}

// On the link's thread.
void node::implementation::on_store(const result<welcome>& found) {
  subscriptions.use(found ? found->broker : event_broker_actor{});
  std::shared_ptr<const runtime::store_handles> before;
  {
    const std::lock_guard guard{mutex};
    auto now = std::make_shared<runtime::store_handles>();
    if (found && !failure) {
      const auto asking = runtime::spawn_client(system);
      ends.watch(asking);
      *now = {found->store,
              found->reader,
              found->broker,
              found->job_log,
              found->gate,
              asking,
              std::make_shared<runtime::job_adder>(asking, found->store, config.store.bounds)};
    }
    before = std::exchange(handles, std::move(now));
    not_found = found ? std::nullopt : std::optional{found.err()};
    changed.notify_all();
  }
  if (before->client) // and with it all that waits for an answer
    caf::anon_send_exit(before->client, caf::exit_reason::user_shutdown);
}

result<void> node::implementation::connect() {
  if (store) {
    const auto seen = store->status();
    if (!seen)
      return seen.err();
    actors.gate = cluster::spawn_gate(
        system, {config.cluster.name, self, store->process(), &system_clock()},
        {{}, actors.store, actors.reader, actors.broker, actors.job_log, 0, config.store.lease, seen->store_id});
    ends.watch(actors.gate);
    const std::lock_guard guard{mutex};
    auto own = *handles;
    own.gate = actors.gate;
    handles = std::make_shared<const runtime::store_handles>(std::move(own));
  }
  watch = runtime::spawn_watch(system, actors, [this](const error& why) { fail(why); });
  ends.watch(watch);
  if (store)
    return config.cluster.listen.empty() ? result<void>{} : cluster::listen(actors.gate, config.cluster);
  std::unique_lock lock{mutex};
  const auto is_decided = [this] { return handles->store || (not_found && not_found->code() == ec::conflict); };
  if (!changed.wait_for(lock, config.request_limit, is_decided) || !handles->store)
    return not_found ? *not_found
                     : error{ec::unavailable, fmt::format("no answer of the node at {}", config.cluster.join)};
  return {};
}

// Without it, what the clock's setting means is noticed within a minute.
void node::implementation::watch_clock() {
  auto alarm = runtime::open_clock_alarm();
  if (!alarm)
    return log(log_level::info, "the clock isn't watched: " + alarm.err().text());
  auto started = runtime::clock_watch::start(*std::move(alarm), [store = actors.store, executor = actors.executor] {
    if (store)
      caf::anon_send(store, clock_changed{});
    if (executor)
      caf::anon_send(executor, clock_changed{});
  });
  if (!started)
    return log(log_level::info, "the clock isn't watched: " + started.err().text());
  clock_watch = *std::move(started);
}

void node::implementation::fail(const error& why) {
  log(log_level::error, why.text() + ": nothing is answered any more; start the program again");
  {
    const std::lock_guard guard{mutex};
    failure = why;
    changed.notify_all();
  }
  caf::anon_send_exit(client, caf::exit_reason::kill); // and with it all that waits for an answer
  if (const auto there = reached()->client)
    caf::anon_send_exit(there, caf::exit_reason::kill);
  if (config.on_failure)
    config.on_failure(why);
}

result<void> node::implementation::check_arguments(const std::string& task, const value& arguments) const {
  const auto known = tasks->find(task);
  if (!known || !known->code)
    return {};
  const auto fits = known->code->check(arguments);
  return fits ? fits : fits.err().within("arguments");
}

void node::implementation::configure_task(const std::string& id, const std::function<void(task&)>& change,
                                          const pending<task>::promise& answer) {
  ask<task>(&runtime::store_handles::reader, carillon::find_task{id})
      .then([this, id, change, answer](result<task> found) {
        if (!found && found.err().code() != ec::not_found)
          return answer.resolve(found.err());
        auto settings = found ? *std::move(found) : runtime::new_task(id, config.defaults);
        const auto based_on = settings.changed;
        const auto runner_before = settings.runner; // which another node may have
        try {
          change(settings);
        } catch (const std::exception& thrown) {
          return answer.resolve(
              {ec::invalid_argument, fmt::format("what changes the task {} threw: {}", quote(id), thrown.what())});
        } catch (...) {
          return answer.resolve({ec::invalid_argument, fmt::format("what changes the task {} threw", quote(id))});
        }
        settings.id = id;
        settings.changed = based_on;
        if (settings.runner != runner_before)
          if (auto checked = runtime::check_runner(id, settings.runner, runners->names()); !checked)
            return answer.resolve(checked.err());
        ask<done>(&runtime::store_handles::store, put_task{std::move(settings)})
            .then([this, id, change, answer](const result<void>& recorded) {
              if (!recorded && recorded.err().code() == ec::stale_revision)
                return configure_task(id, change, answer);
              if (!recorded)
                return answer.resolve(recorded.err());
              ask<task>(&runtime::store_handles::reader, carillon::find_task{id}).then([answer](result<task> now) {
                answer.resolve(std::move(now));
              });
            });
      });
}

job_id node::implementation::make_job_id(timestamp now) {
  return job_ids.next(now, system_entropy().next(), system_entropy().next());
}

result<job> node::implementation::make_job(job_request what, timestamp now) {
  if (!what.runner.empty())
    if (auto checked = runtime::check_runner(what.task, what.runner, runners->names()); !checked)
      return checked.err();
  if (what.retry) // here, as a message can't tell a bad 0 from "not said"
    if (auto checked = check_retry(*what.retry); !checked)
      return checked.err().within("retry");
  if (auto fits = check_arguments(what.task, what.arguments); !fits)
    return fits.err();
  job made;
  made.id = what.id ? *what.id : make_job_id(now);
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
  return made;
}

} // namespace carillon
