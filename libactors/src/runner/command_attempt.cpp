#include "runner/command_attempt.hpp"

#include "carillon/model/command.hpp"
#include "runner/launcher_process.hpp"
#include "runner/process_family.hpp"
#include "runner/stopped_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {
namespace {

// A lease is given to another at its end, and renewing it is given up at 4/5 of it (decision 2): with the default lease
// two seconds are left for being gone.
constexpr duration kill_after_lost_lease = std::chrono::seconds{1};

constexpr duration longest_kill_after = std::chrono::hours{24 * 365}; // so that no clock overflows

// Linux gives one variable 128 KiB; escapes may make the text longer than the limit on metadata.
constexpr std::size_t longest_json_bytes = 64 << 10;

std::string how_it_ended(const command_ended& ended) {
  if (ended.is_signal != 0)
    return fmt::format("ended by {}{}", signal_name(static_cast<int>(ended.status)),
                       ended.dumped_core != 0 ? " (core dumped)" : "");
  return fmt::format("exited with code {}", ended.status);
}

} // namespace

result<start_command> make_start_command(const job& what) {
  auto spec = to_command_spec(what.arguments);
  if (!spec)
    return spec.err();
  start_command start;
  start.job_id = what.id.to_string();
  start.fencing_token = what.held_by ? what.held_by->token : 0;
  start.argv = spec->shell_line.empty() ? std::move(spec->argv)
                                        : std::vector<std::string>{spec->shell, "-c", std::move(spec->shell_line)};
  start.clear_environment = spec->clear_environment ? 1 : 0;
  start.environment = std::move(spec->environment);
  start.environment[job_id_variable] = start.job_id;
  start.environment[fencing_token_variable] = std::to_string(start.fencing_token);
  start.environment["CARILLON_TASK"] = what.task;
  start.environment["CARILLON_ATTEMPT"] = std::to_string(what.attempt);
  if (!what.schedule_id.empty())
    start.environment["CARILLON_SCHEDULE_ID"] = what.schedule_id;
  if (what.scheduled_fire_time)
    start.environment["CARILLON_SCHEDULED_FIRE_TIME"] = to_iso8601(*what.scheduled_fire_time);
  if (what.held_by)
    start.environment["CARILLON_EXECUTOR"] = what.held_by->executor;
  if (what.time_limit)
    start.environment["CARILLON_TIME_LIMIT"] =
        fmt::format("{}", std::chrono::duration<double>(*what.time_limit).count());
  if (const auto deadline = job_context::deadline_of(what))
    start.environment["CARILLON_DEADLINE"] = to_iso8601(*deadline);
  if (what.follows) {
    start.environment["CARILLON_PREDECESSOR_ID"] = what.follows->id.to_string();
    start.environment["CARILLON_PREDECESSOR_OUTCOME"] = std::string{to_string(what.follows->outcome)};
    if (auto text = to_json_text(what.follows->result); text.size() <= longest_json_bytes)
      start.environment["CARILLON_PREDECESSOR_RESULT"] = std::move(text);
  }
  if (!what.metadata.empty())
    if (auto text = to_json_text(what.metadata); text.size() <= longest_json_bytes)
      start.environment["CARILLON_METADATA"] = std::move(text);
  start.shell = std::move(spec->shell);
  start.working_directory = std::move(spec->working_directory);
  start.standard_input = std::move(spec->standard_input);
  start.user = std::move(spec->user);
  return start;
}

duration kill_after(const job& what, stop_reason why) {
  const auto spec = to_command_spec(what.arguments);
  const auto asked_for = spec ? spec->kill_after : command_spec{}.kill_after;
  return std::min(asked_for, why == stop_reason::lease_lost ? kill_after_lost_lease : longest_kill_after);
}

attempt_result to_attempt_result(command_ended ended, std::optional<stop_reason> stopped) {
  if (!ended.refusal.empty())
    return attempt_result::failed(job_outcome::error, fmt::format("the command couldn't be started: {}", ended.refusal),
                                  to_value(command_result{}));
  const auto how = how_it_ended(ended);
  command_result result;
  (ended.is_signal != 0 ? result.signal : result.exit_code) = static_cast<int>(ended.status);
  result.output = std::move(ended.output);
  result.output_bytes = ended.output_bytes;
  if (ended.told_to_stop != 0 && stopped)
    return attempt_result::failed(stopped_outcome(*stopped),
                                  fmt::format("{}: {}{}", stopped_text(*stopped), how,
                                              ended.killed != 0 ? ", as it didn't end when told to" : ""),
                                  to_value(result));
  if (ended.is_signal != 0)
    return attempt_result::failed(job_outcome::crashed, how, to_value(result));
  if (ended.status != 0)
    return attempt_result::failed(job_outcome::error, how, to_value(result));
  return attempt_result::success(to_value(result));
}

} // namespace carillon
