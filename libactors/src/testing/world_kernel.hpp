#pragma once

#include "carillon/testing/sequence_chart.hpp"
#include "carillon/testing/world.hpp"
#include "runner/task_registry.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/detail/test_actor_clock.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <deque>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

/// What a world is made of.
namespace carillon::testing {

using caf_clock = caf::detail::test_actor_clock;

/// Runs the actors of one node when told to, all nodes on one clock.
class coordinator final : public caf::scheduler::test_coordinator {
public:
  // CAF makes its scheduler itself, so the clock can't be passed as an argument. One world at a time in a thread.
  static thread_local caf_clock* clock_of_world;

  using test_coordinator::test_coordinator;
  caf_clock& clock() noexcept override { return *clock_of_world; }

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);
  static coordinator& of(caf::actor_system& system) { return dynamic_cast<coordinator&>(system.scheduler()); }

protected:
  void stop() override;
};

struct world_configuration : caf::actor_system_config {
  world_configuration();
};

/// A system of actors that stand still until the world delivers to them.
struct still_system {
  still_system() : system(config) { system.await_actors_before_shutdown(false); }
  world_configuration config;
  caf::actor_system system;
};

class world_clock final : public clock {
public:
  explicit world_clock(const caf_clock& source) : source_(source) {}
  [[nodiscard]] clock_reading now() const override {
    const auto boot = std::chrono::duration_cast<duration>(source_.current_time.time_since_epoch()) + asleep;
    return {timestamp{boot + wall_ahead}, boot, asleep};
  }
  duration asleep{};                                         // what CAF's clock, as the real one, doesn't count
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

/// The last messages, for charts.
class conversation {
public:
  explicit conversation(duration begin) : begin_(begin) {}

  keep kept = keep::contents;

  void set_name(const caf::actor_control_block* actor, std::string name) { names_[actor] = std::move(name); }
  [[nodiscard]] std::string name_of(const caf::actor_control_block* actor) const;
  /// `became`: what became of it, if it wasn't delivered.
  void note(const message_in_flight& message, duration now, std::string_view became = {});
  [[nodiscard]] std::string chart() const;

private:
  struct entry {
    duration at{};
    const caf::actor_control_block* from;
    const caf::actor_control_block* to;
    const std::type_info* type;
    std::string text; ///< empty: `type` says it
    std::string_view became;
  };

  duration begin_;
  std::map<const caf::actor_control_block*, std::string> names_;
  std::deque<entry> last_;
};

/// A message that a rule has taken away.
struct held_message {
  caf::strong_actor_ptr to;
  caf::mailbox_element_ptr element;
};

struct interception::rule {
  enum class verdict : unsigned char { deliver, taken };

  message_pattern pattern;
  std::size_t times = world::unlimited; ///< left
  std::string_view became;              ///< for the chart
  std::function<verdict(rule&, caf::scheduled_actor&, const message_in_flight&)> apply;
  std::set<const caf::mailbox_element*>* let_go = nullptr; ///< the world's
  std::size_t count = 0;
  std::deque<held_message> held;

  void release(std::size_t most);
};

/// A call that waits for a message to be delivered.
struct awaited_message {
  const message_pattern& pattern;
  bool is_seen = false;
};

struct world_node::implementation {
  implementation(std::string of, std::shared_ptr<memory_disk> on) : name(std::move(of)), disk(std::move(on)) {}

  std::string name;
  std::shared_ptr<memory_disk> disk;
  std::shared_ptr<data_store> store;
  std::shared_ptr<scripted_runner> runner = std::make_shared<scripted_runner>();
  std::shared_ptr<task_registry> tasks = std::make_shared<task_registry>();
  still_system actors;
};

struct world::implementation {
  explicit implementation(std::uint64_t seed_of_run);

  bool step();
  /// Delivers the message that waits first at the actor that is first in line there, or does with it what a rule says.
  void deliver(coordinator& where);
  /// Remembers an actor, to end it with its system.
  void meet(caf::scheduled_actor& actor);
  /// Ends all actors of that system at once: actors that hold each other would outlive it.
  void end_actors_of(caf::actor_system& system);
  /// Actors of that system get their turns from `to`, wherever they wait for them.
  void move_jobs(const caf::actor_system& of, coordinator& to);
  /// What an actor has been sent and not got yet, if it is ready to run; and it is put first in line.
  [[nodiscard]] const caf::mailbox_element* first_message_of(const caf::actor_control_block* actor,
                                                             coordinator*& where);
  template <class Visit>
  bool any_coordinator(Visit visit) {
    if (own && visit(coordinator::of(own->system)))
      return true;
    return std::any_of(nodes.begin(), nodes.end(), [&](auto& node) { return visit(coordinator::of(node.system())); });
  }
  interception add_rule(const message_pattern& pattern, std::size_t times, std::string_view became,
                        decltype(interception::rule::apply) apply);
  /// Rules hold nothing to or from actors of that system any more.
  void forget_held_of(const caf::actor_system& system);
  [[nodiscard]] expectation_failed failure(const message_pattern& expected, const std::string& details) const;

  std::uint64_t seed;
  caf_clock clock;
  world_clock time{clock};
  seeded_entropy random;
  conversation past;
  std::map<const caf::actor_control_block*, caf::weak_actor_ptr> met; // all who ever had a turn, and may live
  std::size_t met_limit = 64;                                         // so many, and the dead ones are forgotten
  std::uint64_t delivered = 0;                                        // messages
  std::map<std::string, std::shared_ptr<memory_disk>> disks;          // by node
  std::optional<still_system> own;
  std::list<world_node> nodes;
  std::list<std::shared_ptr<interception::rule>> rules;
  std::set<const caf::mailbox_element*> let_go; // a rule has dealt with them
  std::vector<awaited_message*> awaited;
  std::vector<std::string> trace;
  bool recording = false;
};

[[nodiscard]] inline message_in_flight in_flight(const caf::scheduled_actor& to, const caf::mailbox_element& element) {
  return {element.sender.get(), to.ctrl(), &element.content()};
}

} // namespace carillon::testing
