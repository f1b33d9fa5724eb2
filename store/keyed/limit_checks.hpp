#pragma once

#include "base/duration_limit.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "carillon/model/command.hpp"
#include "carillon/model/http.hpp"
#include "carillon/model/limits.hpp"
#include "carillon/model/retry.hpp"
#include "carillon/trigger/definition.hpp"

#include <fmt/format.h>

/// What the store refuses of what comes from outside (decision 19). Pure.
namespace carillon::keyed {

/// Errors: ec::limit_exceeded; ec::invalid_argument when it is nested deeper than `max_value_depth`.
[[nodiscard]] result<void> check_arguments(const value& arguments, const limits& bounds);
[[nodiscard]] result<void> check_metadata(const value::map& metadata, const limits& bounds);
/// A schedule's trigger must be small, as it is read at each fire, and fire no more often than a store can follow: each of
/// its intervals is 1 ms or longer. Errors: ec::limit_exceeded.
[[nodiscard]] result<void> check_trigger(const trigger_definition& what, const limits& bounds);

/// Jitter that would reach the following fire time of an interval trigger. Errors: ec::invalid_argument.
[[nodiscard]] result<void> check_jitter(duration max_jitter, const trigger_definition& trigger);
/// Errors: ec::invalid_argument; ec::limit_exceeded.
[[nodiscard]] result<void> check_limit(const std::optional<concurrency_limit>& what);
[[nodiscard]] result<void> check_rate_limit(const std::optional<rate_limit>& what);
/// `runner` is what a schedule or a job names for a task; empty: it names none. A built-in task and its runner need each
/// other. Errors: ec::invalid_argument; ec::limit_exceeded.
[[nodiscard]] result<void> check_runner(std::string_view task, std::string_view runner);

/// An enumerator that there is. Errors: ec::invalid_argument.
template <class Enum>
[[nodiscard]] result<void> check_name(std::string_view field, Enum x) {
  if (to_string(x) == "unknown")
    return {ec::invalid_argument, fmt::format("{}: there is no number {}", field, static_cast<int>(x))};
  return {};
}

[[nodiscard]] bool is_nested_too_deep(const value& x);

/// What a schedule_definition and a job have in common. `settings`: those of its task, null if there is none.
/// Errors: also ec::unknown_task.
template <class Work>
[[nodiscard]] result<void> check_work(const Work& what, const task* settings, const limits& bounds) {
  for (const auto& checked :
       {check_arguments(what.arguments, bounds), check_metadata(what.metadata, bounds),
        check_duration("time_limit", what.time_limit), check_duration("result_expiration", what.result_expiration),
        check_limit(what.limit), check_rate_limit(what.rate), check_runner(what.task, what.runner),
        check_priority(what.priority)})
    if (!checked)
      return checked;
  if (settings == nullptr)
    return {ec::unknown_task, fmt::format("no node has ever registered the task {}", quote(what.task))};
  if (what.task == command_task)
    if (const auto spec = to_command_spec(what.arguments); !spec)
      return spec.err();
  if (what.task == http_task)
    if (const auto spec = to_http_spec(what.arguments); !spec)
      return spec.err();
  return {};
}

} // namespace carillon::keyed
