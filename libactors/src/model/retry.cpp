#include "carillon/model/retry.hpp"

#include "base/duration_limit.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

namespace carillon {
namespace {

constexpr std::uint32_t whole_percent = 100;
constexpr std::int32_t last_exit_code = 255;
constexpr std::size_t most_listed = 255; // without repeating one

error bad_retry(std::string text) { return {ec::invalid_argument, std::move(text)}; }

// What an attempt can end in by itself, and may end otherwise the next time.
bool can_be_retried(job_outcome outcome) {
  return outcome == job_outcome::error || outcome == job_outcome::timed_out || outcome == job_outcome::crashed ||
         outcome == job_outcome::deserialization_failed;
}

template <class T>
bool contains(const std::vector<T>& all, T x) {
  return std::ranges::find(all, x) != all.end();
}

result<void> check_lists(const retry_policy& policy) {
  for (const auto outcome : policy.outcomes)
    if (!can_be_retried(outcome))
      return bad_retry(fmt::format("outcomes: {} can't be tried again; there are error, timed_out, crashed and "
                                   "deserialization_failed",
                                   to_string(outcome)));
  if (policy.outcomes.size() > most_listed)
    return bad_retry(fmt::format("outcomes: more than {}", most_listed));
  if (policy.exit_codes.size() > most_listed)
    return bad_retry(fmt::format("exit_codes: more than {}", most_listed));
  for (const auto code : policy.exit_codes)
    if (code < 1 || code > last_exit_code)
      return bad_retry(fmt::format("exit_codes: {}: one that fails is 1 to {}", code, last_exit_code));
  return {};
}

// As `delay` grows, without jitter.
std::int64_t grown(const retry_policy& policy, std::uint32_t failed_attempts) {
  const auto longest = std::max<std::int64_t>(policy.max_delay.count(), 0);
  const auto delay = std::clamp<std::int64_t>(policy.delay.count(), 0, longest);
  const auto before = std::max<std::uint32_t>(failed_attempts, 1) - 1; // retries that there were
  if (policy.backoff == backoff_kind::fixed)
    return delay;
  if (policy.backoff == backoff_kind::linear)
    return delay > longest / (std::int64_t{before} + 1) ? longest : delay * (std::int64_t{before} + 1);
  constexpr std::uint32_t bits = 63;
  if (delay == 0)
    return 0;
  return before >= bits || delay > longest >> before ? longest : delay << before;
}

} // namespace

result<void> check_retry(const retry_policy& policy) {
  if (policy.max_attempts < 1)
    return bad_retry("max_attempts: must be at least 1");
  if (to_string(policy.backoff) == "unknown")
    return bad_retry("backoff: unknown; there are exponential, fixed and linear");
  for (const auto& checked : {check_duration("delay", policy.delay), check_duration("max_delay", policy.max_delay)})
    if (!checked)
      return checked;
  if (policy.max_delay < policy.delay)
    return bad_retry(
        fmt::format("max_delay: {} is shorter than the delay of {}", to_text(policy.max_delay), to_text(policy.delay)));
  if (policy.jitter_percent > whole_percent)
    return bad_retry("jitter_percent: must be 0 to 100");
  return check_lists(policy);
}

bool is_retryable(const retry_policy& policy, job_outcome outcome, std::optional<std::int32_t> exit_code) {
  if (policy.outcomes.empty() ? outcome == job_outcome::deserialization_failed || !can_be_retried(outcome)
                              : !contains(policy.outcomes, outcome))
    return false;
  // One that was stopped has a code too, but that isn't why it ended.
  return outcome != job_outcome::error || !exit_code || policy.exit_codes.empty() ||
         contains(policy.exit_codes, *exit_code);
}

bool is_retried(const retry_policy& policy, job_outcome outcome, std::optional<std::int32_t> exit_code,
                std::uint32_t failed_attempts) {
  return failed_attempts < policy.max_attempts && is_retryable(policy, outcome, exit_code);
}

duration retry_delay(const retry_policy& policy, const job_id& id, std::uint32_t failed_attempts) {
  const auto base = grown(policy, failed_attempts);
  const auto percent = std::min(policy.jitter_percent, whole_percent);
  const auto share = base / whole_percent * percent + base % whole_percent * percent / whole_percent;
  if (share == 0)
    return duration{base};
  // Even between the shortest and the longest that there may be: cut off at the longest, half of all jobs would meet there.
  const auto longest = std::min(static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(share),
                                static_cast<std::uint64_t>(policy.max_delay.count()));
  const auto shortest = static_cast<std::uint64_t>(base - share);
  const auto hash = XXH3_64bits_withSeed(id.bytes().data(), id.bytes().size(), failed_attempts);
  return duration{static_cast<std::int64_t>(shortest + hash % (longest - shortest + 1))};
}

result<void> check_rate(const start_rate& rate) {
  constexpr duration shortest = std::chrono::milliseconds{1};
  constexpr duration longest = std::chrono::hours{24 * 31};
  if (rate.count == 0)
    return {ec::invalid_argument, "rate: its count must be at least 1"};
  if (rate.count > highest_rate_count)
    return {ec::limit_exceeded,
            fmt::format("rate: its count is {}, of which {} are allowed", rate.count, highest_rate_count)};
  if (rate.per < shortest || rate.per > longest)
    return {ec::invalid_argument,
            fmt::format("rate: {} isn't within {} to {}", to_text(rate.per), to_text(shortest), to_text(longest))};
  return {};
}

} // namespace carillon
