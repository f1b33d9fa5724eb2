// The nodes of a world: how they begin and end, and whose actors are whose.
#include "world_kernel.hpp"

#include "actor/errors.hpp"
#include "runtime/composition.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace carillon::testing {

world_node::world_node(std::unique_ptr<implementation> body) : body_(std::move(body)) {}
world_node::~world_node() = default;
caf::actor_system& world_node::system() noexcept { return body_->actors.system; }
scripted_runner& world_node::runner() noexcept { return *body_->runner; }
memory_disk& world_node::disk() noexcept { return *body_->disk; }
const clock& world_node::time() const noexcept { return body_->time; }
const data_store& world_node::state() const noexcept { return *body_->store; }

std::size_t world::implementation::meet(caf::scheduled_actor& actor) {
  if (const auto known = met.find(actor.ctrl()); known != met.end())
    return known->second.node;
  std::size_t number = 0;
  for (const auto& node : nodes)
    if (&node.body_->actors.system == &actor.home_system())
      number = node.body_->number;
  if (met.size() >= met_limit) {
    std::erase_if(met, [](const auto& one) { return one.second.who.lock() == nullptr; });
    met_limit = 2 * std::max(met.size(), std::size_t{32});
  }
  met.emplace(actor.ctrl(), known_actor{caf::weak_actor_ptr{actor.ctrl()}, number});
  return number;
}

std::size_t world::implementation::node_of(const caf::strong_actor_ptr& actor, std::size_t otherwise) const {
  const auto known = met.find(actor.get());
  return known == met.end() ? otherwise : known->second.node;
}

world_node* world::implementation::find_node(std::size_t number) {
  const auto found = std::ranges::find(nodes, number, [](const world_node& node) { return node.body_->number; });
  return found == nodes.end() ? nullptr : &*found;
}

cluster::link_actor world::implementation::link_of(world_node& node) { return node.body_->link; }

result<gate_actor> world::implementation::gate_of(world_node& node) {
  auto& body = *node.body_;
  if (!body.gate) {
    const auto seen = node.state().status();
    if (!seen)
      return seen.err();
    body.gate = cluster::spawn_gate(
        node.system(), {"world", body.self, node.state().process(), &body.time},
        {{}, node.store, node.reader, node.broker, node.job_log, 0, body.store_settings.lease, seen->store_id});
    past.set_name(caf::actor_cast<caf::actor_control_block*>(body.gate), body.name + ".gate");
  }
  return body.gate;
}

gate_actor world::gate(world_node& node) { return body_->gate_of(node).or_throw(); }

void world::implementation::end_actors_of(caf::actor_system& system) {
  auto& jobs = coordinator::of(system);
  jobs.clock().cancel_all();
  send_home();
  for (auto* job : jobs.jobs) // some may not have had a turn yet
    if (auto* actor = dynamic_cast<caf::scheduled_actor*>(job))
      meet(*actor);
  std::map<caf::actor_id, caf::strong_actor_ptr> living; // by id: the same order in each run
  for (const auto& [block, known] : met)
    if (auto actor = known.who.lock(); actor != nullptr && !known.ended && block->home_system == &system)
      living.emplace(actor->id(), std::move(actor));
  for (auto& [id, actor] : living)
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  living.clear();
  do
    send_home();
  while (jobs.try_run_once());
  for (auto& [block, known] : met) // another system may come to lie where this one does
    known.ended = known.ended || block->home_system == &system;
}

connector_actor world::implementation::spawn_connector(caf::actor_system& system, std::size_t number,
                                                       const std::string& joins) {
  return system.spawn([this, number, joins]() -> connector_actor::behavior_type {
    return {
        [=, this](const find_gate&) -> caf::result<gate_found> {
          const auto there = wires.number_of(joins);
          auto* node = find_node(there);
          if (node == nullptr || !node->store || wires.is_cut(number, there))
            return actor::to_caf({ec::unavailable, fmt::format("node {} can't be reached", joins)});
          const auto gate = gate_of(*node);
          if (!gate)
            return actor::to_caf(gate.err());
          return gate_found{*gate};
        },
    };
  });
}

// An actor waits for its turn with whoever sent it something: in another system it would outlive its own, or get its turn
// where nobody looks.
void world::implementation::send_home() {
  std::vector<caf::resumable*> strangers;
  any_coordinator([&](coordinator& one) {
    std::erase_if(one.jobs, [&](caf::resumable* job) {
      const auto* ready = dynamic_cast<caf::scheduled_actor*>(job);
      const bool is_stranger = ready != nullptr && &coordinator::of(ready->home_system()) != &one;
      if (is_stranger)
        strangers.push_back(job);
      return is_stranger;
    });
    return false;
  });
  for (auto* job : strangers)
    coordinator::of(dynamic_cast<caf::scheduled_actor*>(job)->home_system()).jobs.push_back(job);
}

world_node& world::add_node(const world_node_config& config) {
  CARILLON_ASSERT(!body_->disks.contains(config.name));
  CARILLON_ASSERT(config.name != "outside");
  body_->disks[config.name] = std::make_shared<memory_disk>();
  return restart(config);
}

world_node& world::restart(const world_node_config& config) {
  auto inside = std::make_unique<world_node::implementation>(config.name, body_->disks.at(config.name), body_->time);
  body_->join(inside->actors);
  inside->number = body_->wires.number_of(config.name);
  inside->store_settings = config.store;
  runtime::node_parts parts;
  if (config.joins.empty()) {
    inside->store = (config.open_store ? config.open_store(config.store)
                                       : open_memory_store(inside->disk, config.store, body_->random))
                        .or_throw();
    parts.store = inside->store;
  } else {
    parts.connector = body_->spawn_connector(inside->actors.system, inside->number, config.joins);
    parts.link.cluster = "world";
  }
  parts.tasks = inside->tasks;
  if (config.worker) {
    std::vector<std::shared_ptr<runner>> runners{inside->runner, make_inline_runner()};
    runners.insert(runners.end(), config.runners.begin(), config.runners.end());
    parts.runners = std::make_shared<runner_registry>(std::move(runners));
  }
  parts.scheduler = config.scheduler;
  parts.worker = config.worker;
  parts.time = &inside->time;
  parts.history_retention = config.store.history_retention;
  parts.level = config.store.level;
  parts.executor = {{config.name, inside->store ? inside->store->process() : 0},
                    config.slots,
                    config.store.lease,
                    config.store.bounds,
                    config.labels};
  inside->self = runtime::describe(parts);
  parts.threading = actor::threading::shared;
  for (const auto& task : config.tasks)
    inside->tasks->put(task, {"scripted", nullptr});
  for (const auto& task : config.offers)
    inside->tasks->put(task, {"scripted", nullptr});
  for (const auto& [task, code] : config.code)
    inside->tasks->put(task, {"inline", std::make_shared<const task_function>(code)});
  auto& node = body_->nodes.emplace_back(std::move(inside));
  auto actors = runtime::spawn_node(node.system(), std::move(parts));
  node.store = actors.store;
  node.reader = actors.reader;
  node.broker = actors.broker;
  node.job_log = actors.job_log;
  node.scheduler = actors.scheduler;
  node.executor = actors.executor;
  node.body_->link = actors.link;
  const auto record = [&](const std::string& name, const char* runner) {
    task settings;
    settings.id = name;
    settings.runner = runner;
    if (node.store)
      caf::anon_send(node.store, put_task{settings});
  };
  for (const auto& name : config.tasks)
    record(name, "scripted");
  for (const auto& [name, code] : config.code)
    record(name, "inline");
  for (const auto& [handle, role] : {std::pair{caf::actor_cast<caf::actor_control_block*>(node.store), "store"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.reader), "store_reader"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.broker), "event_broker"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.job_log), "job_log"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.scheduler), "scheduler"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.executor), "executor"},
                                     {caf::actor_cast<caf::actor_control_block*>(actors.link), "link"}})
    if (handle != nullptr)
      set_name(handle, config.name + "." + role);
  if (config.on_start)
    config.on_start(node);
  if (node.executor)
    caf::anon_send(node.executor, begin_work{});
  if (node.scheduler)
    caf::anon_send(node.scheduler, begin_work{});
  settle();
  return node;
}

void world::stop(world_node& node, duration grace) {
  const auto drain = [&](const auto& part) {
    if (part)
      ask<done>(part, drain_work{grace}, grace + std::chrono::minutes{1}).or_throw();
  };
  drain(node.scheduler);
  drain(node.executor);
  if (const auto link = node.body_->link) {
    caf::anon_send_exit(link, caf::exit_reason::user_shutdown);
    settle();
  }
  crash(node);
}

void world::crash(world_node& node, bool power_cut) {
  const auto disk = node.body_->disk;
  body_->forget_held_of(node.system());
  disk->fail_write(1, {ec::store_io, "the node has crashed"}); // nothing that its actors still do may reach the disk
  node.executor = nullptr;
  node.scheduler = nullptr;
  node.store = nullptr;
  node.reader = nullptr;
  node.broker = nullptr;
  node.job_log = nullptr;
  node.body_->gate = nullptr;
  node.body_->link = nullptr;
  body_->end_actors_of(node.system());
  if (power_cut) // before the store's destructor puts on disk what it can
    disk->lose_unsynced();
  body_->nodes.remove_if([&](const world_node& one) { return &one == &node; });
  disk->repair();
}

} // namespace carillon::testing
