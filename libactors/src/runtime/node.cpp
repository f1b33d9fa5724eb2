#include "carillon/runtime/node.hpp"

#include "base/data_folder.hpp"
#include "base/duration_limit.hpp"
#include "carillon/base/log.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "cluster/network.hpp"
#include "cluster/tls_files.hpp"
#include "runtime/identity.hpp"
#include "runtime/node_body.hpp"
#include "runtime/task_settings.hpp"

#include <caf/send.hpp>

#include <fmt/format.h>

#include <thread>

namespace carillon {
namespace {

// Leftovers of an earlier process get this long to be gone.
constexpr duration begin_limit = std::chrono::seconds{60};
// Between the end of the grace and the end of what ignores it: TERM, KILL, report.
constexpr duration stop_slack = std::chrono::seconds{20};

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
  if (config.store.plan_ahead < duration{0} || config.store.plan_ahead > std::chrono::seconds{1})
    return {ec::invalid_argument, "node_config: store.plan_ahead is 0 to a second"};
  if (config.store.lease == duration{0} || config.request_limit == duration{0})
    return {ec::invalid_argument, "node_config: lease and request_limit must be > 0"};
  if (config.store.bounds.batch_items == 0 || config.store.bounds.batch_size_bytes == 0)
    return {ec::invalid_argument, "node_config: store.bounds: batch_items and batch_size_bytes must be > 0"};
  if (config.http && !config.http->ca_file.empty())
    if (auto good = cluster::check_authority_file("ca_file", config.http->ca_file); !good)
      return good.err().within("node_config: http");
  if (config.defaults.max_running_jobs == 0)
    return {ec::invalid_argument, "node_config: defaults.max_running_jobs: must be at least 1"};
  if (auto good = check_labels(config.labels); !good)
    return good.err().within("node_config");
  sort_labels(config.labels);
  if (config.slots > most_slots || config.threads > most_slots)
    return {ec::invalid_argument, fmt::format("node_config: slots and threads: at most {}", most_slots)};
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

} // namespace

result<void> node::check(node_config config) {
  const auto checked = complete(std::move(config));
  if (!checked)
    return checked.err();
  if (!checked->data_folder.empty())
    if (auto folder = check_data_folder(checked->data_folder); !folder)
      return folder;
  const auto copies = cluster::check_cluster(checked->cluster);
  return copies ? result<void>{} : copies.err().within("node_config");
}

result<node> node::open(node_config config) {
  auto checked = complete(std::move(config));
  if (!checked)
    return checked.err();
  auto copies = cluster::check_cluster(checked->cluster);
  if (!copies)
    return copies.err().within("node_config");
  const auto& folder = checked->data_folder;
  file_descriptor lock;
  if (!folder.empty()) { // RocksDB's own lock doesn't keep out a node that joins another
    auto locked = lock_data_folder(folder);
    if (!locked)
      return locked.err();
    lock = *std::move(locked);
  }
  std::shared_ptr<data_store> store;
  if (checked->cluster.join.empty()) {
    auto opened = checked->open_store ? checked->open_store(checked->store)
                  : folder.empty()    ? open_memory_store(checked->store)
                                      : open_rocksdb_store(folder, checked->store);
    if (!opened)
      return opened.err();
    store = *std::move(opened);
  }
  auto name = find_identity(*checked); // after the folder's lock
  if (!name)
    return name.err();
  checked->name = *std::move(name);
  node opened{
      std::make_unique<implementation>(*std::move(checked), std::move(store), std::move(lock), *std::move(copies))};
  if (auto connected = opened.body_->connect(); !connected)
    return connected.err();
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
    return {ec::invalid_argument, fmt::format("the task name {} is taken by the built-in one", quote(settings.id))};
  for (const auto& checked : {runtime::check_isolated(settings, isolated_tasks_of_program().get()),
                              runtime::check_runner(settings.id, settings.runner, body_->runners->names())})
    if (!checked)
      return checked;
  const auto id = settings.id;
  const auto runner = settings.runner.empty() ? task{}.runner : settings.runner;
  const auto recorded = configure_task(id, [body = body_.get(), said = std::move(settings)](task& what) {
                          what = runtime::say(std::move(what), said, body->config.defaults);
                        }).get();
  if (!recorded)
    return recorded.err();
  // One that was recorded before, and that only other nodes have, leaves this code without anybody to run it.
  if (auto checked = runtime::check_runner(id, recorded->runner, body_->runners->names()); !checked)
    return checked;
  body_->tasks->put(id, {runner, std::make_shared<const task_function>(std::move(code))});
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
  body_->changed.wait(lock, [this] { return body_->is_ended || body_->failure; });
  return body_->failure ? result<void>{*body_->failure} : result<void>{};
}

void node::stop() {
  {
    std::unique_lock lock{body_->mutex};
    if (std::exchange(body_->is_stopped, true)) { // somebody else stops it, or has: ended it is for both
      body_->changed.wait(lock, [this] { return body_->is_ended; });
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
  const auto end = [&ends = body_->ends](const auto& handle) { // the handle stays: others may be asking through it
    if (!handle)
      return;
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    if (!ends.wait(handle->id(), stop_slack))
      log(log_level::error, "while stopping: an actor doesn't end");
  };
  body_->subscriptions.close();
  end(body_->watch);
  end(actors.gate);
  if (actors.store)
    tell("the node's leaving",
         runtime::ask<done>(body_->client, actors.store, stop_slack, note_node_gone{body_->config.name, true}).get());
  end(actors.link);
  end(body_->connector);
  end(actors.scheduler);
  end(actors.executor);
  end(actors.job_log);
  end(actors.store);
  end(actors.reader);
  if (body_->store)
    body_->store->interrupt_clean_up();
  end(actors.long_reader);
  end(actors.broker);
  end(body_->reached()->client);
  end(body_->client);
  // Delayed messages hold their receivers, and with them the store, until they are due.
  body_->system.clock().cancel_all();
  body_->store.reset();
  body_->folder_lock.close();
  const std::lock_guard guard{body_->mutex};
  body_->is_ended = true;
  body_->changed.notify_all();
}

const node_config& node::config() const noexcept { return body_->config; }

} // namespace carillon
