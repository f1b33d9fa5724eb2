#pragma once

#include "carillon/base/entropy.hpp"
#include "carillon/protocol/event_broker_protocol.hpp"
#include "carillon/protocol/executor_protocol.hpp"
#include "carillon/protocol/job_log_protocol.hpp"
#include "carillon/protocol/scheduler_protocol.hpp"
#include "carillon/protocol/store_protocol.hpp"
#include "runner/runner_registry.hpp"
#include "runner/task_registry.hpp"

#include <caf/fwd.hpp>
#include <caf/typed_actor.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

/// How each actor comes to life. Only the composition root (runtime) and the test world call these; what is passed by
/// pointer or reference outlives the actor.
namespace carillon::actor {

/// Whether an actor that blocks gets a thread of its own; not in the test world, which has one thread.
enum class threading : bool { shared, own };

struct store_settings {
  limits bounds;
  threading thread = threading::own;
  durability level = durability::sync; ///< what the store's commits promise
};

/// `store` is shared with the reader; only the store actor calls its non-const members.
[[nodiscard]] store_actor spawn_store(caf::actor_system& system, std::shared_ptr<data_store> store, const clock& time,
                                      event_broker_actor broker, const store_settings& settings);

struct reader_settings {
  duration history_retention = store_config{}.history_retention;
  limits bounds;
};

/// What reads everything is done by an actor of its own, so that nobody waits for it who only looks something up. Once a day, or
/// each quarter of a shorter `retention`, it also lets what has expired leave the store: nothing else may ever do so.
using long_reader_actor =
    caf::typed_actor<caf::replies_to<clean_up>::with<done>, caf::replies_to<check_store>::with<check_report>,
                     caf::replies_to<back_up_store>::with<done>, caf::reacts_to<timer_rang>>;
[[nodiscard]] long_reader_actor spawn_long_reader(caf::actor_system& system, std::shared_ptr<const data_store> store,
                                                  duration retention, threading thread);

/// Hands on to `beside` what takes long; they end together.
[[nodiscard]] store_reader_actor spawn_store_reader(caf::actor_system& system, std::shared_ptr<const data_store> store,
                                                    long_reader_actor beside, const clock& time,
                                                    const reader_settings& settings, threading thread);

[[nodiscard]] event_broker_actor spawn_event_broker(caf::actor_system& system);

/// Asks `store` when jobs have finished, as long as somebody wants to know.
[[nodiscard]] job_log_actor spawn_job_log(caf::actor_system& system, job_facet store, const clock& time);

/// `name`: of its node, for the events.
[[nodiscard]] scheduler_actor spawn_scheduler(caf::actor_system& system, planning_facet store, const clock& time,
                                              const limits& bounds, std::string name);

struct executor_settings {
  lease_holder self;
  std::uint32_t slots = 16;
  duration lease = std::chrono::seconds{10};
  limits bounds;
  std::vector<std::string> labels{}; ///< that the node offers, ascending
};

/// The executor takes the runners when it begins its work, and is their only user from then on. What jobs say goes to
/// `job_log`; null: `use_store` names it.
[[nodiscard]] executor_actor spawn_executor(caf::actor_system& system, execution_facet store, const clock& time,
                                            std::shared_ptr<const task_registry> tasks,
                                            std::shared_ptr<runner_registry> runners, const executor_settings& settings,
                                            job_report_facet job_log = {});

} // namespace carillon::actor
