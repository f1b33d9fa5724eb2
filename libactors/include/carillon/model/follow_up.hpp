#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/result.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/model/value.hpp"

#include <cstdint>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// A job that is added when another one has its outcome, in the same commit. It is a direct job of its own with its
/// task's settings, and knows the other one as its `predecessor`.
struct follow_up {
  follow_up_trigger on = follow_up_trigger::success; ///< after which ends; see is_due
  std::string task{};        ///< known when the job is added; removed meanwhile: there is an event follow_up_refused
  value arguments{};         ///< its own: it finds the result of the other one in its `predecessor`
  std::int32_t priority = 0; ///< see lowest_priority
  std::vector<follow_up> follow_ups{}; ///< of that job; so deep at most: max_follow_up_depth

  friend bool operator==(const follow_up&, const follow_up&) = default;
};

/// How deep follow-ups may be nested; those of the job itself are the first level.
inline constexpr int max_follow_up_depth = 8;
inline constexpr std::size_t max_follow_ups = 100; ///< of one job, those of its follow-ups included

/// Whether a job that ended so has this follow-up. A job that was cancelled has neither succeeded nor failed.
[[nodiscard]] bool is_due(follow_up_trigger on, job_outcome outcome) noexcept;

/// What their arguments take, those of their own follow-ups included.
[[nodiscard]] std::size_t size_bytes(const std::vector<follow_up>& all);

/// Errors: ec::invalid_argument.
[[nodiscard]] result<void> check_priority(std::int32_t priority);

/// Errors, whose text begins with the place of the follow-up: ec::invalid_argument, ec::limit_exceeded.
[[nodiscard]] result<void> check_follow_ups(const std::vector<follow_up>& all);

/// The job whose end added this one.
struct predecessor {
  job_id id;                               ///< its record may have expired
  job_outcome outcome = job_outcome::none; ///< never `none` in a job that follows another
  value result;                            ///< a copy; null if it has given none
  std::string error_text;                  ///< why it didn't succeed

  friend bool operator==(const predecessor&, const predecessor&) = default;
};

} // namespace carillon
#pragma GCC visibility pop
