#pragma once

#include "carillon/trigger/defaults.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// More fire times than this are refused in one question.
inline constexpr std::size_t max_fire_time_count = 1'000'000;

/// The first fire times of a trigger. Fewer than asked for when it ended, or when `stopped_by` says why it gave no
/// more.
struct fire_time_list {
  std::vector<timestamp> times; ///< ascending, each once
  error stopped_by;             ///< as of trigger::next; ec::none: it gave all that were wanted, or has ended
};

/// The first `count` fire times of a trigger in JSON (trigger-semantics 10 to 12).
/// Errors: ec::invalid_argument, ec::limit_exceeded: the trigger or the count is refused.
[[nodiscard]] result<fire_time_list> list_fire_times(std::string_view trigger_json, std::size_t count,
                                                     const trigger_defaults& defaults);

/// Answers one line of `carillon next --stream` (trigger-semantics 14) with one line, without the line's end. Never
/// fails: a bad line gets an answer that says so.
[[nodiscard]] std::string answer_fire_time_query(std::string_view line, const trigger_defaults& defaults);

} // namespace carillon
#pragma GCC visibility pop
