#include "carillon/model/follow_up.hpp"

#include <fmt/format.h>

namespace carillon {
namespace {

result<void> check_level(const std::vector<follow_up>& all, int depth, std::size_t& count) {
  if (all.empty())
    return {};
  if (depth == 0)
    return {ec::limit_exceeded, fmt::format("nested deeper than {}", max_follow_up_depth)};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto place = fmt::format("number {}", i + 1);
    if (++count > max_follow_ups)
      return {ec::limit_exceeded, fmt::format("more than {} in all", max_follow_ups)};
    if (auto checked = check_id("task", all[i].task); !checked)
      return checked.err().within(place);
    if (auto checked = check_priority(all[i].priority); !checked)
      return checked.err().within(place);
    if (auto checked = check_level(all[i].follow_ups, depth - 1, count); !checked)
      return checked.err().within(fmt::format("{}: follow_ups", place));
  }
  return {};
}

} // namespace

std::size_t size_bytes(const std::vector<follow_up>& all) { // NOLINT(misc-no-recursion): its depth is limited
  std::size_t size = 0;
  for (const auto& one : all)
    size += size_bytes(one.arguments) + size_bytes(one.follow_ups);
  return size;
}

bool is_due(follow_up_trigger on, job_outcome outcome) noexcept {
  switch (on) {
    case follow_up_trigger::success: return outcome == job_outcome::success;
    case follow_up_trigger::failure: return outcome != job_outcome::success && outcome != job_outcome::cancelled;
    case follow_up_trigger::end: return true;
  }
  return false;
}

result<void> check_priority(std::int32_t priority) {
  if (priority < lowest_priority || priority > highest_priority)
    return {ec::invalid_argument,
            fmt::format("priority: {} isn't within {} to {}", priority, lowest_priority, highest_priority)};
  return {};
}

result<void> check_follow_ups(const std::vector<follow_up>& all) {
  std::size_t count = 0;
  if (auto checked = check_level(all, max_follow_up_depth, count); !checked)
    return checked.err().within("follow_ups");
  return {};
}

} // namespace carillon
