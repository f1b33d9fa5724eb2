#include "carillon/testing/world.hpp"

#include "actor/errors.hpp"
#include "runtime/composition.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/detail/test_actor_clock.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>
#include <random>

namespace carillon::testing {
namespace {

using caf_clock = caf::detail::test_actor_clock;

/// Runs the actors of one node when told to, all nodes on one clock.
class coordinator final : public caf::scheduler::test_coordinator {
public:
  // CAF makes its scheduler itself, so the clock can't be passed as an argument. One world at a time in a thread.
  static thread_local caf_clock* clock_of_world;

  using test_coordinator::test_coordinator;
  caf_clock& clock() noexcept override { return *clock_of_world; }

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new coordinator(system);
  }

protected:
  void stop() override { // unlike its base, leaves timers alone: one that arms itself anew would never end
    while (try_run_once()) {
    }
  }
};

thread_local caf_clock* coordinator::clock_of_world = nullptr;

struct configuration : caf::actor_system_config {
  configuration() {
    load<coordinator>();
    add_message_types<caf::id_block::carillon>();
    set("logger.file-verbosity", caf::atom("quiet"));
    set("logger.inline-output", true);
  }
};

class world_clock final : public clock {
public:
  explicit world_clock(const caf_clock& source) : source_(source) {}
  [[nodiscard]] clock_reading now() const override {
    const auto boot = std::chrono::duration_cast<duration>(source_.current_time.time_since_epoch());
    return {timestamp{boot + wall_ahead}, boot};
  }
  duration wall_ahead = std::chrono::seconds{1'790'000'000}; // 2026-09-21T14:13:20Z at boot

private:
  const caf_clock& source_;
};

class seeded_entropy final : public entropy {
public:
  explicit seeded_entropy(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

private:
  std::mt19937_64 engine_;
};

} // namespace

struct world_node::implementation {
  implementation(std::string of, std::shared_ptr<memory_disk> on)
    : name(std::move(of)), disk(std::move(on)), system(config) {
    system.await_actors_before_shutdown(false);
  }

  std::string name;
  std::shared_ptr<memory_disk> disk;
  std::shared_ptr<data_store> store;
  std::shared_ptr<scripted_runner> runner = std::make_shared<scripted_runner>();
  std::shared_ptr<task_registry> tasks = std::make_shared<task_registry>();
  configuration config;
  caf::actor_system system;
};

world_node::world_node(std::unique_ptr<implementation> body) : body_(std::move(body)) {}
world_node::~world_node() = default;
caf::actor_system& world_node::system() noexcept { return body_->system; }
scripted_runner& world_node::runner() noexcept { return *body_->runner; }
memory_disk& world_node::disk() noexcept { return *body_->disk; }
const data_store& world_node::state() const noexcept { return *body_->store; }

struct world::implementation {
  explicit implementation(std::uint64_t seed) : random(seed) {
    coordinator::clock_of_world = &clock;
    clock.current_time += std::chrono::hours{1}; // CAF takes 0 for "no time"
  }

  [[nodiscard]] coordinator& scheduler_of(world_node& node) {
    return dynamic_cast<coordinator&>(node.system().scheduler());
  }

  bool step();
  void note(const caf::scheduled_actor& to, const caf::mailbox_element& message);

  caf_clock clock;
  world_clock time{clock};
  seeded_entropy random;
  std::uint64_t processes = 0;                               // started so far
  std::map<std::string, std::shared_ptr<memory_disk>> disks; // by node
  std::list<world_node> nodes;
  std::vector<std::string> trace;
  bool recording = false;
};

bool world::implementation::step() {
  std::size_t ready = 0;
  for (auto& node : nodes)
    ready += scheduler_of(node).jobs.size();
  if (ready == 0)
    return false;
  auto chosen = random.next() % ready; // modulo, as the library's distributions differ between implementations
  for (auto& node : nodes) {
    auto& jobs = scheduler_of(node).jobs;
    if (chosen >= jobs.size()) {
      chosen -= jobs.size();
      continue;
    }
    const auto picked = jobs.begin() + static_cast<std::ptrdiff_t>(chosen);
    std::rotate(jobs.begin(), picked, picked + 1);
    if (recording)
      if (auto* to = dynamic_cast<caf::scheduled_actor*>(jobs.front()))
        if (const auto* message = to->mailbox().peek())
          note(*to, *message);
    scheduler_of(node).try_run_once();
    return true;
  }
  return false;
}

void world::implementation::note(const caf::scheduled_actor& to, const caf::mailbox_element& message) {
  trace.push_back(fmt::format("{} {} -> {}: {}", to_iso8601(time.now().wall), message.sender ? message.sender->id() : 0,
                              to.id(), caf::to_string(message.content())));
}

world::world(std::uint64_t seed) : body_(std::make_unique<implementation>(seed)) {}

world::~world() {
  body_->clock.cancel_all();
  while (!body_->nodes.empty())
    crash(body_->nodes.back());
}

world_node& world::add_node(world_node_config config) {
  CARILLON_ASSERT(!body_->disks.contains(config.name));
  body_->disks[config.name] = std::make_shared<memory_disk>();
  return restart(config);
}

world_node& world::restart(const world_node_config& config) {
  auto inside = std::make_unique<world_node::implementation>(config.name, body_->disks.at(config.name));
  inside->store = open_memory_store(inside->disk, config.store, body_->random).or_throw();
  runtime::node_parts parts;
  parts.store = inside->store;
  parts.tasks = inside->tasks;
  parts.runners = {inside->runner};
  parts.time = &body_->time;
  parts.executor = {{config.name, ++body_->processes}, config.slots, config.store.lease, config.store.bounds};
  parts.threading = actor::threading::shared;
  for (const auto& task : config.tasks)
    inside->tasks->put(task, {"scripted", nullptr});
  auto& node = body_->nodes.emplace_back(std::move(inside));
  auto actors = runtime::spawn_node(node.system(), std::move(parts));
  node.store = actors.store;
  node.reader = actors.reader;
  node.broker = actors.broker;
  node.scheduler = actors.scheduler;
  node.executor = actors.executor;
  for (const auto& name : config.tasks) {
    task settings;
    settings.id = name;
    settings.runner = "scripted";
    caf::anon_send(node.store, put_task{settings});
  }
  caf::anon_send(node.executor, begin_work{});
  caf::anon_send(node.scheduler, begin_work{});
  settle();
  return node;
}

void world::crash(world_node& node, bool power_cut) {
  const auto disk = node.body_->disk;
  disk->fail_write(1, {ec::store_io, "the node has crashed"}); // nothing that its actors still do may reach the disk
  for (const auto& handle : {caf::actor_cast<caf::actor>(node.executor), caf::actor_cast<caf::actor>(node.scheduler),
                             caf::actor_cast<caf::actor>(node.store), caf::actor_cast<caf::actor>(node.reader),
                             caf::actor_cast<caf::actor>(node.broker)})
    caf::anon_send_exit(handle, caf::exit_reason::kill);
  node.executor = nullptr;
  node.scheduler = nullptr;
  node.store = nullptr;
  node.reader = nullptr;
  node.broker = nullptr;
  auto& jobs = body_->scheduler_of(node);
  while (jobs.try_run_once()) {
  }
  body_->nodes.remove_if([&](const world_node& one) { return &one == &node; });
  disk->repair();
  if (power_cut)
    disk->lose_unsynced();
}

const clock& world::time() const noexcept { return body_->time; }
void world::step_wall_clock(duration by) { body_->time.wall_ahead += by; }
bool world::step() { return body_->step(); }

void world::settle() {
  while (body_->step()) {
  }
}

void world::run_for(duration length) {
  run_until([] { return false; }, length);
}

bool world::run_until(const std::function<bool()>& holds, duration limit) {
  auto& clock = body_->clock;
  const auto end = clock.current_time + limit;
  for (;;) {
    while (!holds() && body_->step()) {
    }
    if (holds())
      return true;
    if (!clock.has_pending_timeout() || clock.schedule().begin()->first > end)
      break;
    clock.trigger_timeout();
  }
  clock.current_time = end;
  return holds();
}

const std::vector<std::string>& world::trace() const noexcept { return body_->trace; }
void world::record_trace(bool on) noexcept { body_->recording = on; }
caf::actor_system& world::asking_system() { return body_->nodes.front().system(); }
error world::to_error(const caf::error& what) { return actor::from_caf(what); }

} // namespace carillon::testing
