#pragma once

#include "carillon/protocol/cluster_protocol.hpp"
#include "carillon/testing/sequence_chart.hpp"
#include "carillon/testing/world.hpp"
#include "cluster/spawn.hpp"
#include "runner/task_registry.hpp"
#include "testing/seeded_entropy.hpp"

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
#include <string>
#include <unordered_map>
#include <vector>

/// What a world is made of.
namespace carillon::testing {

/// Runs the actors of one node when told to. Each has a clock of its own, as CAF's clocks know actors by their numbers, which
/// the systems have in common; the world moves them all together.
class coordinator final : public caf::scheduler::test_coordinator {
public:
  using test_coordinator::test_coordinator;

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

/// The clocks of the world.
class world_clock final : public clock {
public:
  explicit world_clock(const caf::actor_clock::time_point& source) : source_(source) {}
  [[nodiscard]] clock_reading now() const override {
    const auto boot = std::chrono::duration_cast<duration>(source_.time_since_epoch()) + asleep;
    return {timestamp{boot + wall_ahead}, boot, asleep};
  }
  duration asleep{};                                         // what CAF's clock, as the real one, doesn't count
  duration wall_ahead = std::chrono::seconds{1'790'000'000}; // 2026-09-21T14:13:20Z at boot

private:
  const caf::actor_clock::time_point& source_;
};

/// Those of one node, which go wrong in their own way.
class node_clock final : public clock {
public:
  explicit node_clock(const world_clock& right) : right_(right) {}
  [[nodiscard]] clock_reading now() const override {
    auto reading = right_.now();
    const auto drifted = gained_ + duration{(reading.boot - since_).count() * rate_ / 1'000'000};
    reading.boot += drifted;
    reading.wall += drifted + wall_ahead;
    return reading;
  }
  void drift(std::int64_t rate) {
    const auto boot = right_.now().boot;
    gained_ = now().boot - boot;
    since_ = boot;
    rate_ = rate;
  }
  duration wall_ahead{};

private:
  const world_clock& right_;
  duration gained_{};
  duration since_{};
  std::int64_t rate_ = 0; // microseconds a second
};

/// A message that was taken away and may go on.
struct held_message {
  caf::strong_actor_ptr to;
  caf::mailbox_element_ptr element;
};

/// The last messages, for charts.
class conversation {
public:
  explicit conversation(duration begin) : begin_(begin) {}

  keep kept = keep::contents;

  void set_name(caf::actor_control_block* actor, std::string name) {
    names_[actor] = {caf::weak_actor_ptr{actor}, std::move(name)};
  }
  [[nodiscard]] std::string name_of(const caf::actor_control_block* actor) const;
  /// The same in each run: without a name, the numbers of the node and the actor.
  [[nodiscard]] std::string traced_name(const caf::actor_control_block* actor, std::size_t node) const;
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
  struct named {
    caf::weak_actor_ptr who; // so that no other actor comes to lie there
    std::string name;
  };
  std::map<const caf::actor_control_block*, named> names_;
  std::deque<entry> last_;
};

/// Something to remember of a message until it is delivered. It travels with the message, where CAF keeps the actors that are
/// to get the answer: addresses of messages come again, and one could be taken for another.
class mark {
public:
  explicit mark(caf::actor_system& system)
    : sign_(caf::actor_cast<caf::strong_actor_ptr>(system.spawn<caf::lazy_init>([] { return caf::behavior{}; }))) {}

  void put_on(caf::mailbox_element& message) const { message.stages.push_back(sign_); }
  /// Whether it was there.
  [[nodiscard]] bool take_from(caf::mailbox_element& message) const { return std::erase(message.stages, sign_) > 0; }

private:
  caf::strong_actor_ptr sign_;
};

struct interception::rule {
  enum class verdict : unsigned char { deliver, taken };

  message_pattern pattern;
  std::size_t times = world::unlimited; ///< left
  std::string_view became;              ///< for the chart
  std::function<verdict(rule&, caf::scheduled_actor&, const message_in_flight&)> apply;
  const mark* let_go = nullptr; ///< the world's
  std::size_t count = 0;
  std::deque<held_message> held;

  void release(std::size_t most);
};

/// What lies between the nodes, by their numbers.
class network {
public:
  explicit network(world::implementation& of) : world_(of) {}

  /// 0: outside of all nodes. The same for a node that was started again.
  std::size_t number_of(const std::string& node);
  void set(std::size_t a, std::size_t b, const link_quality& quality) { between(a, b).quality = quality; }
  void cut(std::size_t a, std::size_t b);
  void mend(std::size_t a, std::size_t b);
  [[nodiscard]] bool is_cut(std::size_t a, std::size_t b) const;
  /// Nothing is held for actors of that system any more.
  void forget_held_of(const caf::actor_system& system);
  /// The message that waits first at `to`: true if it is to be delivered now, false if it isn't there any more.
  bool pass(caf::scheduled_actor& to, std::size_t from_node, std::size_t to_node);

private:
  struct wire {
    mark passes; // on what is under way
    link_quality quality{};
    bool is_cut = false;
    bool is_broken = false; // cut for so long that both sides have noticed
    std::uint64_t cuts = 0;
    std::deque<held_message> held{}; // while it is cut and not broken
    std::uint64_t under_way = 0;     // sent and not there yet; with those that never will be
    std::map<std::size_t, std::chrono::steady_clock::time_point> last_due{}; // by the receiving node
  };
  static std::pair<std::size_t, std::size_t> pair(std::size_t a, std::size_t b) { return std::minmax({a, b}); }
  wire& between(std::size_t a, std::size_t b);
  void break_connection(std::size_t a, std::size_t b);
  void send_later(wire& over, caf::strong_actor_ptr to, caf::mailbox_element_ptr element, duration in);
  bool happens(std::uint32_t thousandths);

  world::implementation& world_;
  std::map<std::string, std::size_t> numbers_{{"outside", 0}};
  std::map<std::pair<std::size_t, std::size_t>, wire> wires_;
};

/// A call that waits for a message to be delivered.
struct awaited_message {
  const message_pattern& pattern;
  bool is_seen = false;
};

struct world_node::implementation {
  implementation(std::string of, std::shared_ptr<memory_disk> on, const world_clock& right)
    : name(std::move(of)), disk(std::move(on)), time(right) {}

  std::string name;
  std::size_t number = 0;
  std::shared_ptr<memory_disk> disk;
  std::shared_ptr<data_store> store;
  std::shared_ptr<scripted_runner> runner = std::make_shared<scripted_runner>();
  std::shared_ptr<task_registry> tasks = std::make_shared<task_registry>();
  node_clock time;
  store_config store_settings;
  node_description self;
  gate_actor gate;          // when somebody has joined
  cluster::link_actor link; // of one that has joined
  still_system actors;
};

struct world::implementation {
  explicit implementation(std::uint64_t seed_of_run);

  bool step();
  /// Delivers the message that waits first at the actor that is first in line there, or does with it what a rule says.
  void deliver(coordinator& where);
  /// Remembers an actor, to end it with its system. The number of its node.
  std::size_t meet(caf::scheduled_actor& actor);
  /// A system's actors read the time of the world from now on.
  void join(still_system& system);
  /// Sends it when `in` has passed.
  void send_later(caf::strong_actor_ptr to, caf::mailbox_element_ptr element, duration in) const;
  /// To the next time-out of any actor that is due at `end` or before; false if there is none.
  bool move_on(caf::actor_clock::time_point end);
  void set_clocks(caf::actor_clock::time_point now);
  void note_fingerprint(std::size_t node, caf::actor_id to, const caf::type_erased_tuple& content, duration now);
  [[nodiscard]] std::size_t node_of(const caf::strong_actor_ptr& actor, std::size_t otherwise) const;
  [[nodiscard]] world_node* find_node(std::size_t number);
  /// Lets those in who join that node.
  result<gate_actor> gate_of(world_node& node);
  [[nodiscard]] static cluster::link_actor link_of(world_node& node);
  /// Finds the gate of another node for the node `number`.
  connector_actor spawn_connector(caf::actor_system& system, std::size_t number, const std::string& joins);
  /// Within an actor of the world's own, later.
  void call_later(duration in, std::function<void()> what);
  caf::actor_system& own_system();
  /// Ends all actors of that system at once: actors that hold each other would outlive it.
  void end_actors_of(caf::actor_system& system);
  /// Each actor gets its turns from its own system.
  void send_home();
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
  // What all clocks of the actors show. CAF takes 0 for "no time".
  caf::actor_clock::time_point current{std::chrono::hours{1}};
  world_clock time{current};
  seeded_entropy random;
  conversation past;
  struct known_actor {
    caf::weak_actor_ptr who;
    std::size_t node; // its number
    bool ended = false;
  };
  std::unordered_map<const caf::actor_control_block*, known_actor> met; // all who ever had a turn, and may live
  std::size_t met_limit = 64;                                           // so many, and the dead ones are forgotten
  std::optional<still_system> own;                                      // outlives all that holds actors of it
  network wires{*this};
  std::uint64_t delivered = 0;                               // messages
  std::map<std::string, std::shared_ptr<memory_disk>> disks; // by node
  caf::actor caller;                                         // for call_later
  std::list<world_node> nodes;
  std::list<std::shared_ptr<interception::rule>> rules;
  std::optional<mark> let_go; // a rule has dealt with it
  std::vector<awaited_message*> awaited;
  std::vector<std::string> trace;
  bool recording = false;
  std::uint64_t fingerprint = 14'695'981'039'346'656'037U; // FNV-1a
};

// ---- what waits at an actor

/// Takes away the message that `peek` shows.
inline caf::mailbox_element_ptr take_first(caf::scheduled_actor& from) {
  auto& queues = from.mailbox().queue().queues();
  if (auto urgent = std::get<caf::scheduled_actor::urgent_queue_index>(queues).take_front())
    return urgent;
  return std::get<caf::scheduled_actor::normal_queue_index>(queues).take_front();
}
inline caf::mailbox_element_ptr with_content(const caf::mailbox_element& like, caf::message content) {
  return caf::make_mailbox_element(like.sender, like.mid, like.stages, std::move(content));
}

[[nodiscard]] inline message_in_flight in_flight(const caf::scheduled_actor& to, const caf::mailbox_element& element) {
  return {element.sender.get(), to.ctrl(), &element.content()};
}

} // namespace carillon::testing
