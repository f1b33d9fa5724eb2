#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"
#include "carillon/model/policies.hpp"

#include <cstdint>
#include <optional>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// Whether a job whose attempt failed is tried again, and when. Lost attempts aren't failures: they have their own rule
/// (`loss_policy`), and don't count here.
struct retry_policy {
  /// >= 1: how many may fail before the job has its outcome; 1: no retry. 0 in the message `add_job`: as its task says.
  std::uint32_t max_attempts = 1;
  backoff_kind backoff = backoff_kind::exponential; ///< how it goes on from `delay`
  duration delay = std::chrono::seconds{1};         ///< before the first retry; >= 0
  duration max_delay = std::chrono::hours{1};       ///< never longer than this, jitter included; >= delay
  /// 0 to 100: each delay is made longer or shorter by up to this share of it, by a function of job and attempt.
  std::uint32_t jitter_percent = 0;
  /// Which are tried again, of error, timed_out, crashed and deserialization_failed; empty: the first three.
  std::vector<job_outcome> outcomes{};
  std::vector<std::int32_t> exit_codes{}; ///< of a command that ended by itself: only these are tried again; empty: any

  friend bool operator==(const retry_policy&, const retry_policy&) = default;
};

/// At most `maximum` (>= 1) of the jobs with this key run at once, in the whole cluster (decision 12). Give all jobs of a key
/// the same maximum: each job looks at its own.
struct concurrency_limit {
  std::string key{};         ///< see check_id
  std::uint32_t maximum = 1; ///< the jobs of all tasks and schedules count

  friend bool operator==(const concurrency_limit&, const concurrency_limit&) = default;
};

inline constexpr std::uint32_t highest_rate_count = 10'000; ///< of a start_rate

/// At most so many attempts begin within any span of that length, in the whole cluster.
struct start_rate {
  std::uint32_t count = 1;                ///< 1 to highest_rate_count
  duration per = std::chrono::seconds{1}; ///< 1 ms to 31 days

  friend bool operator==(const start_rate&, const start_rate&) = default;
};

/// The rate of all jobs with this key together. Give all jobs of a key the same rate: each job looks at its own.
struct rate_limit {
  std::string key{}; ///< see check_id
  start_rate rate{}; ///< of the attempts of jobs of all tasks and schedules

  friend bool operator==(const rate_limit&, const rate_limit&) = default;
};

/// Errors, whose text begins with `rate`: ec::invalid_argument, ec::limit_exceeded.
[[nodiscard]] result<void> check_rate(const start_rate& rate);

/// Errors, whose text begins with the name of the field within `retry`: ec::invalid_argument, ec::limit_exceeded.
[[nodiscard]] result<void> check_retry(const retry_policy& policy);

/// Whether an attempt that ended so is tried again as long as the policy has attempts left. `exit_code`: of a command that
/// ended by itself.
[[nodiscard]] bool is_retryable(const retry_policy& policy, job_outcome outcome, std::optional<std::int32_t> exit_code);

/// Whether an attempt that ended so, the `failed_attempts`-th one that failed (>= 1), is followed by another one.
[[nodiscard]] bool is_retried(const retry_policy& policy, job_outcome outcome, std::optional<std::int32_t> exit_code,
                              std::uint32_t failed_attempts);

/// How long after that failure the next attempt may begin. A function of its arguments alone; never overflows.
[[nodiscard]] duration retry_delay(const retry_policy& policy, const job_id& id, std::uint32_t failed_attempts);

} // namespace carillon
#pragma GCC visibility pop
