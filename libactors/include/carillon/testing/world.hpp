#pragma once

#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/protocol/executor_protocol.hpp"
#include "carillon/protocol/scheduler_protocol.hpp"
#include "carillon/protocol/store_protocol.hpp"
#include "carillon/runner/runner.hpp"
#include "carillon/store/memory_disk.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// The kernel of the test world: real actors of many nodes in one thread, with virtual clocks and one seed. The same seed
/// and the same calls give the same run. Nothing here sleeps or reads a real clock.
namespace carillon::testing {

/// A runner whose attempts end when the test says so. Every world node has one, by the name `scripted`.
class scripted_runner final : public runner {
public:
  struct attempt {
    std::shared_ptr<const job> what;
    std::optional<stop_reason> stop_asked;
    on_end done;
  };

  /// Ends each attempt at once with what this gives; without it they run until `finish`.
  std::function<attempt_result(const job&)> script;

  /// Ends a running attempt. It must be running.
  void finish(const job_id& id, attempt_result outcome = attempt_result::success({}));
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

struct world_node_config {
  std::string name = "node";
  std::uint32_t slots = 4;
  store_config store;
  std::vector<std::string> tasks = {"work"}; ///< recorded with the runner `scripted`
};

/// One node in a world: the real actors on a memory store, whose disk outlives a crash.
class world_node {
public:
  store_actor store;
  store_reader_actor reader;
  event_broker_actor broker;
  scheduler_actor scheduler;
  executor_actor executor;

  /// Where user actors live.
  [[nodiscard]] caf::actor_system& system() noexcept;
  [[nodiscard]] scripted_runner& runner() noexcept;
  [[nodiscard]] memory_disk& disk() noexcept;
  /// Committed state, read directly.
  [[nodiscard]] const data_store& state() const noexcept;

  ~world_node();
  struct implementation; // private
  explicit world_node(std::unique_ptr<implementation> body);

private:
  friend class world;
  std::unique_ptr<implementation> body_;
};

class world {
public:
  explicit world(std::uint64_t seed);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Starts a node and lets it begin its work. It lives as long as the world, or until `crash`.
  world_node& add_node(world_node_config config = {});
  /// The process is gone at once. What its store had not synced is lost if `power_cut`. Its name and disk can be used again.
  void crash(world_node& node, bool power_cut = false);
  /// A new process on the disk of a crashed node of that configuration.
  world_node& restart(const world_node_config& config);

  /// The clocks that all nodes read.
  [[nodiscard]] const clock& time() const noexcept;
  /// Sets the wall clock ahead (or back) by `by`; the boot clock doesn't step.
  void step_wall_clock(duration by);

  /// Delivers one message, of an actor chosen by the seed. False if there is none.
  bool step();
  /// Until no message waits. Time stands still.
  void settle();
  /// Lets time pass, timer by timer, delivering everything.
  void run_for(duration length);
  /// The same until `holds`, for at most `limit` of virtual time. Whether it holds.
  bool run_until(const std::function<bool()>& holds, duration limit);

  /// Messages delivered so far, a line each: what happened, to compare two runs by.
  [[nodiscard]] const std::vector<std::string>& trace() const noexcept;
  /// Off (the default): nothing is recorded.
  void record_trace(bool on) noexcept;

  /// Sends a request to one of the nodes' actors, runs the world until the answer is there, and settles.
  template <class Reply, class Handle, class Message>
  result<Reply> ask(const Handle& to, Message message, duration limit = std::chrono::seconds{10});

  struct implementation; // private

private:
  caf::actor_system& asking_system();
  static error to_error(const caf::error& what);

  std::unique_ptr<implementation> body_;
};

template <class Reply, class Handle, class Message>
result<Reply> world::ask(const Handle& to, Message message, duration limit) {
  auto answer = std::make_shared<std::optional<result<Reply>>>();
  asking_system().spawn([=](caf::event_based_actor* self) mutable {
    self->request(to, limit, std::move(message))
        .then([answer](Reply& reply) { answer->emplace(std::move(reply)); },
              [answer](const caf::error& why) { answer->emplace(to_error(why)); });
  });
  run_until([&] { return answer->has_value(); }, limit + duration{1});
  settle();
  CARILLON_ASSERT(answer->has_value());
  return std::move(**answer);
}

} // namespace carillon::testing
