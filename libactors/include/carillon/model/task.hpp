#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/model/retry.hpp"
#include "carillon/model/value.hpp"

#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// What can be run, by name: the recorded settings. The code behind it is registered with each node.
struct task {
  std::string id{};                                        ///< see check_id; what schedules and jobs name it by
  std::string runner = "thread_pool";                      ///< which kind of runner calls it
  std::optional<std::uint32_t> max_running_jobs{};         ///< in the whole cluster; none: unlimited
  std::optional<start_rate> rate{};                        ///< of its attempts; none: any
  std::optional<duration> misfire_grace_time{};            ///< for schedules that don't say; none: never too late
  std::optional<duration> time_limit{};                    ///< of one attempt; none: unlimited
  duration result_expiration = std::chrono::hours{24 * 7}; ///< how long a result is kept
  loss_policy on_loss = loss_policy::run_again;            ///< read at the loss, for jobs that were added earlier too
  retry_policy retry{};                                    ///< for jobs that don't say
  std::vector<std::string> labels{};                       ///< that a node must offer to run it, ascending
  value::map metadata{}; ///< goes into each job, below what schedule and job say (by top-level key)

  revision changed = 0;         ///< set by the store
  std::string unknown_fields{}; ///< fields of a newer version, kept as they are

  friend bool operator==(const task&, const task&) = default;
};

/// The task of child processes, which every store knows, and a node with node_config::command_launcher runs: its arguments are a
/// `command_spec`.
inline constexpr const char* command_task = "command";

} // namespace carillon
#pragma GCC visibility pop
