#include "world_kernel.hpp"

#include "actor/errors.hpp"
#include "runtime/composition.hpp"

#include <caf/send.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace carillon::testing {

thread_local caf_clock* coordinator::clock_of_world = nullptr;

caf::actor_system::module* coordinator::make(caf::actor_system& system, caf::detail::type_list<>) {
  return new coordinator(system);
}

void coordinator::stop() { // unlike its base, leaves timers alone: one that arms itself anew would never end
  while (try_run_once()) {
  }
}

world_configuration::world_configuration() {
  load<coordinator>();
  add_message_types<caf::id_block::carillon>();
  set("logger.file-verbosity", caf::atom("quiet"));
  set("logger.inline-output", true);
}

world_node::world_node(std::unique_ptr<implementation> body) : body_(std::move(body)) {}
world_node::~world_node() = default;
caf::actor_system& world_node::system() noexcept { return body_->actors.system; }
scripted_runner& world_node::runner() noexcept { return *body_->runner; }
memory_disk& world_node::disk() noexcept { return *body_->disk; }
const data_store& world_node::state() const noexcept { return *body_->store; }

namespace {

/// CAF takes 0 for "no time". And it makes its schedulers itself: they find the clock here.
duration start_clock(caf_clock& clock) {
  coordinator::clock_of_world = &clock;
  clock.current_time += std::chrono::hours{1};
  return std::chrono::duration_cast<duration>(clock.current_time.time_since_epoch());
}

} // namespace

world::implementation::implementation(std::uint64_t seed_of_run)
  : seed(seed_of_run), random(seed_of_run), past(start_clock(clock)) {}

bool world::implementation::step() {
  std::size_t ready = 0;
  any_coordinator([&](coordinator& one) {
    ready += one.jobs.size();
    return false;
  });
  if (ready == 0)
    return false;
  auto chosen = random.next() % ready; // modulo, as the library's distributions differ between implementations
  return any_coordinator([&](coordinator& one) {
    if (chosen >= one.jobs.size()) {
      chosen -= one.jobs.size();
      return false;
    }
    const auto picked = one.jobs.begin() + static_cast<std::ptrdiff_t>(chosen);
    std::rotate(one.jobs.begin(), picked, picked + 1);
    deliver(one);
    return true;
  });
}

void world::implementation::deliver(coordinator& where) {
  auto* to = dynamic_cast<caf::scheduled_actor*>(where.jobs.front());
  if (to != nullptr)
    meet(*to);
  const auto* element = to == nullptr ? nullptr : to->mailbox().peek();
  // What a test does within its own actors is no part of the conversation.
  if (element != nullptr && !element->content().match_elements<run_within>()) {
    const auto message = in_flight(*to, *element);
    const auto now = time.now();
    if (let_go.erase(element) == 0)
      if (const auto found = std::ranges::find_if(
              rules, [&](const auto& one) { return one->times > 0 && one->pattern.matches(message); });
          found != rules.end()) {
        const auto rule = *found;
        ++rule->count;
        if (rule->times != unlimited)
          --rule->times;
        if (!rule->became.empty())
          past.note(message, now.boot, rule->became);
        if (rule->apply(*rule, *to, message) == interception::rule::verdict::taken) {
          if (to->mailbox().peek() == nullptr)
            where.try_run_once(); // it finds nothing, and waits again
          return;
        }
      }
    ++delivered;
    past.note(message, now.boot);
    if (recording)
      trace.push_back(fmt::format("{} {} -> {}: {}", to_iso8601(now.wall), element->sender ? element->sender->id() : 0,
                                  to->id(), caf::to_string(element->content())));
    for (auto* one : awaited)
      one->is_seen = one->is_seen || one->pattern.matches(message);
  }
  where.try_run_once();
}

void world::implementation::meet(caf::scheduled_actor& actor) {
  if (!met.try_emplace(actor.ctrl(), actor.ctrl()).second || met.size() < met_limit)
    return;
  std::erase_if(met, [](const auto& one) { return one.second.lock() == nullptr; });
  met_limit = 2 * std::max(met.size(), std::size_t{32});
}

void world::implementation::end_actors_of(caf::actor_system& system) {
  auto& jobs = coordinator::of(system);
  move_jobs(system, jobs);
  for (auto* job : jobs.jobs) // some may not have had a turn yet
    if (auto* actor = dynamic_cast<caf::scheduled_actor*>(job))
      meet(*actor);
  std::map<caf::actor_id, caf::strong_actor_ptr> living; // by id: the same order in each run
  for (const auto& [block, weak] : met)
    if (auto actor = weak.lock(); actor != nullptr && block->home_system == &system)
      living.emplace(actor->id(), std::move(actor));
  for (auto& [id, actor] : living)
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  living.clear();
  while (jobs.try_run_once()) {
  }
  // Another system may come to lie where this one does.
  std::erase_if(met, [&](const auto& one) { return one.first->home_system == &system; });
}

// An actor waits for its turn with whoever sent it something: in another system it would outlive its own.
void world::implementation::move_jobs(const caf::actor_system& of, coordinator& to) {
  any_coordinator([&](coordinator& one) {
    const auto is_its = [&](caf::resumable* job) {
      const auto* ready = dynamic_cast<caf::scheduled_actor*>(job);
      return ready != nullptr && &ready->home_system() == &of;
    };
    if (&one != &to) {
      std::ranges::copy_if(one.jobs, std::back_inserter(to.jobs), is_its);
      std::erase_if(one.jobs, is_its);
    }
    return false;
  });
}

const caf::mailbox_element* world::implementation::first_message_of(const caf::actor_control_block* actor,
                                                                    coordinator*& where) {
  const caf::mailbox_element* first = nullptr;
  any_coordinator([&](coordinator& one) {
    const auto found = std::ranges::find_if(one.jobs, [&](caf::resumable* job) {
      const auto* ready = dynamic_cast<caf::scheduled_actor*>(job);
      return ready != nullptr && ready->ctrl() == actor;
    });
    if (found == one.jobs.end())
      return false;
    std::rotate(one.jobs.begin(), found, found + 1);
    where = &one;
    first = dynamic_cast<caf::scheduled_actor&>(*one.jobs.front()).mailbox().peek();
    return true;
  });
  return first;
}

world::world(std::uint64_t seed) : body_(std::make_unique<implementation>(seed)) {}

world::~world() {
  body_->clock.cancel_all();
  body_->rules.clear();
  if (body_->own)
    body_->end_actors_of(body_->own->system);
  while (!body_->nodes.empty())
    crash(body_->nodes.back());
}

namespace {
double seconds_of(duration length) { return std::chrono::duration<double>(length).count(); }
} // namespace

world_node& world::add_node(world_node_config config) {
  CARILLON_ASSERT(!body_->disks.contains(config.name));
  body_->disks[config.name] = std::make_shared<memory_disk>();
  return restart(config);
}

world_node& world::restart(const world_node_config& config) {
  auto inside = std::make_unique<world_node::implementation>(config.name, body_->disks.at(config.name));
  inside->store = (config.open_store ? config.open_store(config.store)
                                     : open_memory_store(inside->disk, config.store, body_->random))
                      .or_throw();
  runtime::node_parts parts;
  parts.store = inside->store;
  parts.tasks = inside->tasks;
  if (config.worker)
    parts.runners = {inside->runner, make_inline_runner()};
  parts.scheduler = config.scheduler;
  parts.worker = config.worker;
  parts.time = &body_->time;
  parts.history_retention = config.store.history_retention;
  parts.executor = {{config.name, inside->store->process()}, config.slots, config.store.lease, config.store.bounds};
  parts.threading = actor::threading::shared;
  for (const auto& task : config.tasks)
    inside->tasks->put(task, {"scripted", nullptr});
  for (const auto& [task, code] : config.code)
    inside->tasks->put(task, {"inline", std::make_shared<const task_function>(code)});
  auto& node = body_->nodes.emplace_back(std::move(inside));
  auto actors = runtime::spawn_node(node.system(), std::move(parts));
  node.store = actors.store;
  node.reader = actors.reader;
  node.broker = actors.broker;
  node.scheduler = actors.scheduler;
  node.executor = actors.executor;
  const auto record = [&](const std::string& name, const char* runner) {
    task settings;
    settings.id = name;
    settings.runner = runner;
    caf::anon_send(node.store, put_task{settings});
  };
  for (const auto& name : config.tasks)
    record(name, "scripted");
  for (const auto& [name, code] : config.code)
    record(name, "inline");
  for (const auto& [handle, role] : {std::pair{caf::actor_cast<caf::actor_control_block*>(node.store), "store"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.reader), "store_reader"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.broker), "event_broker"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.scheduler), "scheduler"},
                                     {caf::actor_cast<caf::actor_control_block*>(node.executor), "executor"}})
    if (handle != nullptr)
      set_name(handle, config.name + "." + role);
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
  body_->end_actors_of(node.system());
  if (power_cut) // before the store's destructor puts on disk what it can
    disk->lose_unsynced();
  body_->nodes.remove_if([&](const world_node& one) { return &one == &node; });
  disk->repair();
}

const clock& world::time() const noexcept { return body_->time; }
void world::step_wall_clock(duration by, notice given) {
  body_->time.wall_ahead += by;
  tell_of_clock(given);
}

void world::suspend(duration length, notice given) {
  body_->time.asleep += length;
  tell_of_clock(given);
}

void world::tell_of_clock(notice given) {
  if (given == notice::none)
    return;
  for (auto& node : body_->nodes) {
    caf::anon_send(node.store, clock_changed{});
    if (node.executor)
      caf::anon_send(node.executor, clock_changed{});
  }
}

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

caf::actor_system& world::system() {
  if (!body_->own)
    body_->own.emplace();
  return body_->own->system;
}

void world::set_name(const caf::actor_control_block* actor, std::string name) {
  body_->past.set_name(actor, std::move(name));
}

void world::expect_next(const message_pattern& pattern) {
  CARILLON_ASSERT(pattern.receiver() != nullptr);
  coordinator* where = nullptr;
  const auto* first = body_->first_message_of(pattern.receiver(), where);
  if (first == nullptr)
    throw body_->failure(pattern, "no message waits for it");
  message_in_flight message{first->sender.get(), pattern.receiver(), &first->content()};
  if (!pattern.matches(message))
    throw body_->failure(pattern, fmt::format("the next one is {} from {}", caf::to_string(*message.content),
                                              body_->past.name_of(message.from)));
  awaited_message one{pattern};
  body_->awaited.push_back(&one);
  body_->deliver(*where);
  std::erase(body_->awaited, &one);
  if (!one.is_seen)
    throw body_->failure(pattern, "a rule of the test kept it from being delivered");
}

void world::expect_within(const message_pattern& pattern, duration limit) {
  awaited_message one{pattern};
  body_->awaited.push_back(&one);
  const bool seen = run_until([&] { return one.is_seen; }, limit);
  std::erase(body_->awaited, &one);
  if (!seen)
    throw body_->failure(pattern, fmt::format("none was delivered within {} s", seconds_of(limit)));
}

void world::expect_none(const message_pattern& pattern, duration length) {
  awaited_message one{pattern};
  body_->awaited.push_back(&one);
  const auto begin = time().now().boot;
  const bool seen = run_until([&] { return one.is_seen; }, length);
  std::erase(body_->awaited, &one);
  if (seen)
    throw body_->failure(pattern,
                         fmt::format("not to come, but it came after {} s", seconds_of(time().now().boot - begin)));
}

void world::fail(const message_pattern& expected, const std::string& details) const {
  throw body_->failure(expected, details);
}

std::uint64_t world::delivered() const noexcept { return body_->delivered; }
std::string world::chart() const { return body_->past.chart(); }
void world::keep_messages(keep what) noexcept { body_->past.kept = what; }

const std::vector<std::string>& world::trace() const noexcept { return body_->trace; }
void world::record_trace(bool on) noexcept { body_->recording = on; }
error world::to_error(const caf::error& what) { return actor::from_caf(what); }

} // namespace carillon::testing
