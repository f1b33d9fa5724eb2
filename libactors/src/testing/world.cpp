#include "world_kernel.hpp"

#include "actor/errors.hpp"
#include "carillon/protocol/job_actor_protocol.hpp"
#include "runtime/composition.hpp"

#include <caf/send.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace carillon::testing {

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

world::implementation::implementation(std::uint64_t seed_of_run)
  : seed(seed_of_run), random(seed_of_run), past(std::chrono::duration_cast<duration>(current.time_since_epoch())) {}

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
  const auto node = to == nullptr ? 0 : meet(*to);
  auto* element = to == nullptr ? nullptr : to->mailbox().peek();
  if (element != nullptr && !wires.pass(*to, node_of(element->sender, node), node)) {
    if (to->mailbox().peek() == nullptr)
      where.try_run_once(); // it finds nothing, and waits again
    return;
  }
  // What a test does within its own actors is no part of the conversation.
  if (element != nullptr && !element->content().match_elements<run_within>()) {
    const auto message = in_flight(*to, *element);
    const auto now = time.now();
    if (!let_go->take_from(*element))
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
    note_fingerprint(node, to->id(), element->content(), now.boot);
    past.note(message, now.boot);
    if (recording)
      trace.push_back(fmt::format("{} {} -> {}: {}", to_iso8601(now.wall),
                                  past.traced_name(element->sender.get(), node_of(element->sender, node)),
                                  past.traced_name(to->ctrl(), node), caf::to_string(element->content())));
    for (auto* one : awaited)
      one->is_seen = one->is_seen || one->pattern.matches(message);
  }
  where.try_run_once();
}

void world::implementation::note_fingerprint(std::size_t node, caf::actor_id to, const caf::type_erased_tuple& content,
                                             duration now) {
  const auto add = [this](std::uint64_t x) { fingerprint = (fingerprint ^ x) * 1'099'511'628'211U; };
  add(static_cast<std::uint64_t>(now.count()));
  add(node);
  add(to);
  add(content.empty() ? 0 : content.type(0).first);
}

caf::actor_system& world::implementation::own_system() {
  if (!own) {
    own.emplace();
    join(*own);
  }
  return own->system;
}

void world::implementation::join(still_system& system) {
  coordinator::of(system.system).clock().current_time = current;
}

void world::implementation::send_later(caf::strong_actor_ptr to, caf::mailbox_element_ptr element, duration in) const {
  auto& clock = coordinator::of(*to->home_system).clock();
  clock.schedule_message(current + in, std::move(to), std::move(element));
}

void world::implementation::set_clocks(caf::actor_clock::time_point now) {
  current = now;
  any_coordinator([now](coordinator& one) {
    one.clock().current_time = now;
    return false;
  });
}

bool world::implementation::move_on(caf::actor_clock::time_point end) {
  coordinator* next = nullptr;
  any_coordinator([&](coordinator& one) {
    const auto& waiting = one.clock().schedule();
    if (!waiting.empty() && waiting.begin()->first <= end &&
        (next == nullptr || waiting.begin()->first < next->clock().schedule().begin()->first))
      next = &one;
    return false;
  });
  if (next == nullptr)
    return false;
  set_clocks(std::max(current, next->clock().schedule().begin()->first));
  next->clock().trigger_timeout();
  return true;
}

void world::implementation::call_later(duration in, std::function<void()> what) {
  if (!caller)
    caller = own_system().spawn([](caf::event_based_actor* self) -> caf::behavior {
      return {[self](const run_within& request) { request.what(self); }};
    });
  send_later(caf::actor_cast<caf::strong_actor_ptr>(caller),
             caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                       run_within{[what = std::move(what)](caf::event_based_actor*) { what(); }}),
             in);
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

world::world(std::uint64_t seed) : body_(std::make_unique<implementation>(seed)) {
  body_->let_go.emplace(body_->own_system());
}

world::~world() {
  body_->rules.clear();
  body_->caller = nullptr;
  if (body_->own)
    body_->end_actors_of(body_->own->system);
  while (!body_->nodes.empty())
    crash(body_->nodes.back());
}

namespace {
double seconds_of(duration length) { return std::chrono::duration<double>(length).count(); }
} // namespace

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
  for (auto& node : body_->nodes)
    tell_of_clock(node);
}

void world::tell_of_clock(world_node& node) {
  if (node.store)
    caf::anon_send(node.store, clock_changed{});
  if (node.executor)
    caf::anon_send(node.executor, clock_changed{});
}

void world::step_wall_clock(world_node& node, duration by, notice given) {
  node.body_->time.wall_ahead += by;
  if (given == notice::at_once)
    tell_of_clock(node);
}

void world::drift(world_node& node, std::int64_t rate) {
  CARILLON_ASSERT(std::abs(rate) < 100'000);
  node.body_->time.drift(rate);
}

void world::set_link(const std::string& node, const std::string& other, link_quality quality) {
  auto& wires = body_->wires;
  wires.set(wires.number_of(node), wires.number_of(other), quality);
}
void world::cut(const std::string& node, const std::string& other) {
  auto& wires = body_->wires;
  wires.cut(wires.number_of(node), wires.number_of(other));
}
void world::mend(const std::string& node, const std::string& other) {
  auto& wires = body_->wires;
  wires.mend(wires.number_of(node), wires.number_of(other));
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
  const auto end = body_->current + limit;
  do {
    while (!holds() && body_->step()) {
    }
    if (holds())
      return true;
  } while (body_->move_on(end));
  body_->set_clocks(end);
  return holds();
}

caf::actor_system& world::system() { return body_->own_system(); }

void world::set_name(caf::actor_control_block* actor, std::string name) {
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
std::uint64_t world::fingerprint() const noexcept { return body_->fingerprint; }
std::string world::chart() const { return body_->past.chart(); }
void world::keep_messages(keep what) noexcept { body_->past.kept = what; }

const std::vector<std::string>& world::trace() const noexcept { return body_->trace; }
void world::record_trace(bool on) noexcept {
  body_->recording = on;
  body_->trace.clear();
}
error world::to_error(const caf::error& what) { return actor::from_caf(what); }

} // namespace carillon::testing
