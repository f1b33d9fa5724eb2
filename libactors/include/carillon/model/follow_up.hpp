#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/result.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/model/value.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carillon {

/// A job that is added when another one has its outcome, in the same commit. It is a direct job of its own with its task's
/// settings, and knows the other one as its `predecessor`.
struct follow_up {
  follow_up_trigger on = follow_up_trigger::success;
  std::string task;
  value arguments;
  std::int32_t priority = 0;
  std::vector<follow_up> follow_ups; ///< of that job; so deep at most: max_follow_up_depth

  friend bool operator==(const follow_up&, const follow_up&) = default;
};

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
  job_id id;
  job_outcome outcome = job_outcome::none;
  value result;
  std::string error_text; ///< why it didn't succeed

  friend bool operator==(const predecessor&, const predecessor&) = default;
};

} // namespace carillon
