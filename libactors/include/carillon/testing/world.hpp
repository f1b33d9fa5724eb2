#pragma once

#include "carillon/protocol/cluster_protocol.hpp"
#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/protocol/executor_protocol.hpp"
#include "carillon/protocol/job_log_protocol.hpp"
#include "carillon/protocol/scheduler_protocol.hpp"
#include "carillon/protocol/store_protocol.hpp"
#include "carillon/runner/runner.hpp"
#include "carillon/store/memory_disk.hpp"
#include "carillon/testing/message_pattern.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
/// @file
/// The test world: real actors of many nodes, and any of your own, in one thread, with virtual clocks and one seed. The same
/// seed and the same calls give the same run. Nothing here sleeps or reads a real clock. Of no test framework: an
/// expectation that doesn't hold throws, which fails a test in each of them.
namespace carillon::testing {

/// A runner whose attempts end when the test says so. Every world node has one, by the name `scripted`.
class scripted_runner final : public runner {
public:
  /// One that runs.
  struct attempt {
    std::shared_ptr<const job> what;       ///< as it was handed out, with its lease
    std::optional<stop_reason> stop_asked; ///< the latest reason; it goes on until `finish` all the same
    on_end done;                           ///< for `finish` and `reports`
  };

  /// Ends each attempt at once with what this gives; without it they run until `finish`.
  std::function<attempt_result(const job&)> script;

  /// Ends a running attempt. It must be running.
  void finish(const job_id& id, attempt_result outcome = attempt_result::success({}));
  /// What the code of a running attempt would say. It must be running.
  [[nodiscard]] report_sink& reports(const job_id& id);
  /// What runs now, in the order of starting.
  [[nodiscard]] const std::vector<attempt>& running() const noexcept { return running_; }
  /// All jobs ever started on this node, in order.
  [[nodiscard]] const std::vector<std::shared_ptr<const job>>& started() const noexcept { return started_; }

  [[nodiscard]] std::string_view name() const noexcept override { return "scripted"; }
  void start(std::shared_ptr<const job> what, const task_function* code, on_end done) override;
  void stop(const job_id& id, stop_reason why) override;

private:
  std::vector<attempt> running_;
  std::vector<std::shared_ptr<const job>> started_;
};

class world_node;

/// What a node of a world is, and what it begins with.
struct world_node_config {
  std::string name = "node"; ///< another one for each node of a world; not `outside`
  std::uint32_t slots = 4;   ///< how many jobs it runs at once
  store_config store{};      ///< nothing is planned ahead if not told; the bounds hold for its other actors too
  std::vector<std::string> tasks = {"work"}; ///< recorded with the runner `scripted`
  /// Opens another store than the one on a memory disk, which then stays empty.
  std::function<result<std::unique_ptr<data_store>>(const store_config&)> open_store{};
  std::vector<std::string> offers = {}; ///< more tasks that its executor takes, recorded by somebody else
  /// More tasks, with code that the runner `inline` calls (make_task_function); their limits and the like are `put_task`'s.
  std::map<std::string, task_function> code = {};
  std::vector<std::string> labels = {}; ///< that its executor offers, ascending
  bool scheduler = true;                ///< roles: without one there is no such actor
  bool worker = true;                   ///< the same for the executor
  /// The node whose store this one uses, over the network; empty: it has a store of its own.
  std::string joins = {};
  /// Called with the new node before its actors get their first turn.
  std::function<void(world_node&)> on_start = {};
  /// More runners, beside `scripted` and `inline`.
  std::vector<std::shared_ptr<class runner>> runners = {};
};

/// What the network between two nodes does to their messages, each way. Chances are in thousandths.
struct link_quality {
  duration delay{};            ///< of each message
  duration jitter{};           ///< added at random, up to this; what was sent first still comes first
  std::uint32_t lost = 0;      ///< for ever: whoever asked gets no answer
  std::uint32_t doubled = 0;   ///< comes twice
  std::uint32_t overtaken = 0; ///< comes later, up to a second, and others overtake it
};

/// One node in a world: the real actors on a memory store, whose disk outlives a crash.
class world_node {
public:
  store_actor store; ///< null, as the next three, for a node that has joined another

  store_reader_actor reader; ///< committed state
  event_broker_actor broker; ///< events after their commit
  job_log_actor job_log;     ///< what running jobs say
  scheduler_actor scheduler; ///< null without that role
  executor_actor executor;   ///< null if it is no worker

  /// Where user actors live.
  [[nodiscard]] caf::actor_system& system() noexcept;
  /// Its `scripted` one. A node that is started again has a new one.
  [[nodiscard]] scripted_runner& runner() noexcept;
  /// What its store lies on, unless that is another node's or `open_store` gave it. It goes over to the node that is
  /// started again.
  [[nodiscard]] memory_disk& disk() noexcept;
  /// Its clocks.
  [[nodiscard]] const clock& time() const noexcept;
  /// Committed state, read directly; of a node with a store of its own.
  [[nodiscard]] const data_store& state() const noexcept;

  ~world_node();
  struct implementation;                                     // private
  explicit world_node(std::unique_ptr<implementation> body); ///< for `world` alone: see world::add_node

private:
  friend class world;
  std::unique_ptr<implementation> body_;
};

/// An expectation didn't hold. The text says what was expected, shows the conversation so far as a sequence chart, and gives
/// the seed and the command line that runs the same again.
class expectation_failed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The seed of a test: what the variable CARILLON_SEED says, else `usual`.
[[nodiscard]] std::uint64_t seed_or(std::uint64_t usual);

/// What a world does to the messages of a pattern, as long as the rule stands. A handle: copies mean the same rule.
class interception {
public:
  /// How many messages it was applied to.
  [[nodiscard]] std::size_t count() const noexcept;
  /// How many are held now.
  [[nodiscard]] std::size_t held() const noexcept;
  /// Lets held messages go on, the oldest first, at most `most`.
  void release(std::size_t most = static_cast<std::size_t>(-1));
  /// Ends the rule, and lets go what it held.
  void stop();

  struct rule; // private

private:
  friend class world;
  explicit interception(std::shared_ptr<rule> body) : body_(std::move(body)) {}

  std::shared_ptr<rule> body_;
};

/// How much of the conversation a world keeps for its charts.
enum class keep : unsigned char {
  nothing,
  types,   ///< of the last messages, and who speaks: for long runs
  contents ///< and what they say
};

/// Whether nodes are told of what happens to their machine's clocks.
enum class notice : bool { none, at_once };

/// The world, in which nothing moves but by its calls. One thread.
class world {
public:
  /// `seed` decides who gets the next turn, and all else that is left to chance.
  explicit world(std::uint64_t seed);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Starts a node and lets it begin its work. It lives as long as the world, or until `crash`.
  world_node& add_node(const world_node_config& config = {});
  /// The process is gone at once. What its store had not synced is lost if `power_cut`. Its name and disk can be used again.
  void crash(world_node& node, bool power_cut = false);
  /// Ends a node in order: drains its scheduler and its executor, which takes at most `grace` and what its runner needs.
  void stop(world_node& node, duration grace = {});
  /// A new process on the disk of a node that has crashed or stopped, of that configuration.
  world_node& restart(const world_node_config& config);

  /// The gate of a node with a store: it lists the nodes of the cluster.
  [[nodiscard]] gate_actor gate(world_node& node);

  /// A system without a node, for actors of your own. It lives as long as the world.
  [[nodiscard]] caf::actor_system& system();
  /// Gives an actor a name in charts and traces; a node's actors have one, such as `node.store`.
  template <class Handle>
  void name(const Handle& actor, const std::string& name) {
    auto* const control = caf::actor_cast<caf::actor_control_block*>(actor);
    set_name(control, name);
  }

  // ---- the network. Nodes are named; the system without a node is named `outside`.

  /// From now on; links are perfect at first. A link from a node to itself makes it a slow node.
  void set_link(const std::string& node, const std::string& other, link_quality quality);
  /// Nothing passes. Mended within 20 s, what was sent meanwhile comes late; else both sides notice after that time that they have
  /// lost each other, and it is lost.
  void cut(const std::string& node, const std::string& other);
  /// Messages pass again. If the cut lasted less than 20 s, what it held up comes now.
  void mend(const std::string& node, const std::string& other);

  /// The clocks that all nodes read, unless theirs go wrong.
  [[nodiscard]] const clock& time() const noexcept;
  /// Sets the wall clock ahead (or back) by `by`; the boot clock doesn't step. The nodes are told at once, as the
  /// kernel tells real ones; with `notice::none` they have to find out.
  void step_wall_clock(duration by, notice given = notice::at_once);
  /// The same for one node: from now on its wall clock is another than the others'.
  void step_wall_clock(world_node& node, duration by, notice given = notice::at_once);
  /// From now on both clocks of the node gain so many microseconds each second (or lose them). |rate| < 100,000.
  void drift(world_node& node, std::int64_t rate);
  /// The machine sleeps: both clocks go on, and no timer does. All nodes are on it.
  void suspend(duration length, notice given = notice::at_once);

  /// Delivers one message, of an actor chosen by the seed. False if there is none.
  bool step();
  /// Until no message waits. Time stands still.
  void settle();
  /// Lets time pass, timer by timer, delivering everything.
  void run_for(duration length);
  /// The same until `holds`, for at most `limit` of virtual time. Whether it holds.
  bool run_until(const std::function<bool()>& holds, duration limit);

  // ---- expectations: each throws `expectation_failed` when it doesn't hold

  /// The message that waits first at the pattern's receiver (which must be given) is one of these: it is delivered.
  void expect_next(const message_pattern& pattern);
  /// One of these is delivered within `limit`; the world runs until then.
  void expect_within(const message_pattern& pattern, duration limit);
  /// Throws `expectation_failed`: for expectations of your own.
  [[noreturn]] void fail(const message_pattern& expected, const std::string& details) const;
  /// The world runs for `length`, and none of these is delivered.
  void expect_none(const message_pattern& pattern, duration length);

  // ---- what happens to chosen messages, at most `times` of them. Of several rules the oldest counts.

  /// They are lost: whoever asked gets no answer.
  interception drop(const message_pattern& pattern, std::size_t times = unlimited);
  /// They wait until they are released, while others overtake them.
  interception hold(const message_pattern& pattern, std::size_t times = unlimited);
  /// They come `by` later.
  interception delay(const message_pattern& pattern, duration by, std::size_t times = unlimited);
  /// They come twice, the second time after all that waits at their receiver.
  interception duplicate(const message_pattern& pattern, std::size_t times = unlimited);
  /// They come after all that waits at their receiver.
  interception put_off(const message_pattern& pattern, std::size_t times = unlimited);
  /// They say something else: what `change` makes of them.
  template <class Message>
  interception replace(const typed_pattern<Message>& pattern, std::function<Message(const Message&)> change,
                       std::size_t times = unlimited) {
    return replace_content(
        pattern,
        [change = std::move(change)](const caf::type_erased_tuple& content) {
          return caf::make_message(change(content.get_as<Message>(0)));
        },
        times);
  }
  /// `see` is called with each of them as it is delivered.
  interception inspect(const message_pattern& pattern, std::function<void(const message_in_flight&)> see);

  static constexpr std::size_t unlimited = static_cast<std::size_t>(-1); ///< as `times`: as long as the rule stands

  /// How many messages were delivered.
  [[nodiscard]] std::uint64_t delivered() const noexcept;
  /// Of the messages delivered so far, when, to whom and of which type: the same for the same run.
  [[nodiscard]] std::uint64_t fingerprint() const noexcept;
  /// The last messages as a sequence chart in text.
  [[nodiscard]] std::string chart() const;
  /// What charts show; at first `contents`.
  void keep_messages(keep what) noexcept;

  /// Messages delivered so far, a line each: what happened, to compare two runs by.
  [[nodiscard]] const std::vector<std::string>& trace() const noexcept;
  /// Off (the default): nothing is recorded. On: from now, anew.
  void record_trace(bool on) noexcept;

  /// Sends a request to one of the nodes' actors, runs the world until the answer is there, and settles.
  template <class Reply, class Handle, class Message>
  result<Reply> ask(const Handle& to, Message message, duration limit = std::chrono::seconds{10});

  struct implementation; // private

private:
  void set_name(caf::actor_control_block* actor, std::string name);
  void tell_of_clock(notice given);
  static void tell_of_clock(world_node& node);
  interception replace_content(const message_pattern& pattern,
                               std::function<caf::message(const caf::type_erased_tuple&)> change, std::size_t times);
  static error to_error(const caf::error& what);

  std::unique_ptr<implementation> body_;
};

template <class Reply, class Handle, class Message>
result<Reply> world::ask(const Handle& to, Message message, duration limit) {
  auto answer = std::make_shared<std::optional<result<Reply>>>();
  name(system().spawn([=](caf::event_based_actor* self) mutable {
    self->request(to, limit, std::move(message))
        .then([answer](Reply& reply) { answer->emplace(std::move(reply)); },
              [answer](const caf::error& why) { answer->emplace(to_error(why)); });
  }),
       "test");
  run_until([&] { return answer->has_value(); }, limit + duration{1});
  settle();
  CARILLON_ASSERT(answer->has_value());
  return std::move(**answer);
}

} // namespace carillon::testing
#pragma GCC visibility pop
