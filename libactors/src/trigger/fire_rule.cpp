#include "trigger/fire_rule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {

bool simple_fire_rule::accepts(const trigger_cursor& cursor) const {
  return cursor.at == trigger_cursor::phase::finished || accepts_running(cursor);
}

result<std::optional<timestamp>> simple_fire_rule::next(trigger_cursor& cursor, work_budget&) const {
  if (cursor.at == trigger_cursor::phase::finished)
    return std::optional<timestamp>{};
  const auto time = advance(cursor);
  if (time && *time <= last_instant)
    return time;
  finish(cursor);
  return std::optional<timestamp>{};
}

result<void> simple_fire_rule::skip_to(trigger_cursor& cursor, timestamp when, work_budget&) const {
  if (cursor.at == trigger_cursor::phase::finished)
    return {};
  if (when > last_instant)
    finish(cursor);
  else
    skip(cursor, std::max(when, first_instant));
  return {};
}

void finish(trigger_cursor& cursor) {
  cursor.at = trigger_cursor::phase::finished;
  cursor.parts.clear();
  cursor.pending.clear();
  cursor.state.clear();
}

bool has_parts(const trigger_cursor& cursor) noexcept { return !cursor.parts.empty() || !cursor.pending.empty(); }

result<void> check_instant(std::string_view name, timestamp when) {
  if (when >= first_instant && when <= last_instant)
    return {};
  return {ec::invalid_argument, fmt::format("{}: {} lies outside the years 1 to 9999", name, to_iso8601(when))};
}

result<void> check_dst(const std::optional<dst_policy>& dst) {
  if (!dst || (dst->gap <= gap_policy::shift && dst->overlap <= overlap_pass::both))
    return {};
  return {ec::invalid_argument, "dst: an unknown policy"};
}

} // namespace carillon
