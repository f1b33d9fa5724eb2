#include "trigger/local_fire_rule.hpp"

#include <algorithm>

namespace carillon {
namespace {

zone_seconds floor_seconds(timestamp when) {
  return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

zone_seconds ceil_seconds(timestamp when) {
  return std::chrono::ceil<std::chrono::seconds>(when).time_since_epoch().count();
}

timestamp to_timestamp(zone_seconds instant) { return timestamp{std::chrono::seconds{instant}}; }

void keep_earlier(std::optional<zone_seconds>& earliest, zone_seconds instant) {
  if (!earliest || instant < *earliest)
    earliest = instant;
}

} // namespace

local_fire_rule::local_fire_rule(local_fire_plan plan)
  : rule_(std::move(plan.rule)), zone_(std::move(plan.where)), dst_(plan.dst), first_(ceil_seconds(plan.start_time)),
    last_(floor_seconds(std::min(plan.end_time.value_or(last_instant), last_instant))) {
  if (dst_.gap == gap_policy::skip)
    find_last();
}

/// A rule whose every local time lies in a gap would be searched in vain up to the year 9999, a gap at a time. But without
/// its year field it repeats after 400 years, as its zone does: what doesn't fire then never will.
void local_fire_rule::find_last() {
  constexpr zone_seconds begin_of_years = 172'800; // 1970, when the year field begins, in any zone
  const auto from = std::max(zone_->repeats_from(), begin_of_years);
  auto probe = *this;
  probe.rule_ = rule_.in_every_year();
  probe.last_ = from + zone::cycle_seconds;
  if (!probe.first_from(from))
    last_ = std::min(last_, from);
}

bool local_fire_rule::accepts_running(const trigger_cursor& cursor) const {
  const timestamp position{duration{cursor.position}};
  return !has_parts(cursor) && (cursor.at == trigger_cursor::phase::fresh ||
                                (position >= first_instant - duration{1} && position <= last_instant));
}

std::optional<timestamp> local_fire_rule::advance(trigger_cursor& cursor) const {
  auto from = first_;
  if (cursor.at == trigger_cursor::phase::running)
    from = std::max(from, floor_seconds(timestamp{duration{cursor.position}}) + 1);
  if (from > last_)
    return std::nullopt;
  const auto found = first_from(from);
  if (!found || *found > last_)
    return std::nullopt;
  const auto time = to_timestamp(*found);
  cursor.at = trigger_cursor::phase::running;
  cursor.position = time.time_since_epoch().count();
  return time;
}

void local_fire_rule::skip(trigger_cursor& cursor, timestamp when) const {
  // Everything before `when` counts as given: no need to know what it was.
  const auto position = (when - duration{1}).time_since_epoch().count();
  if (cursor.at == trigger_cursor::phase::running && position <= cursor.position)
    return;
  cursor.at = trigger_cursor::phase::running;
  cursor.position = position;
}

std::optional<zone_seconds> local_fire_rule::first_from(zone_seconds instant) const noexcept {
  while (true) {
    const auto segment = zone_->segment_at(instant);
    if (const auto found = first_within(segment, instant))
      return found;
    if (segment.end > last_)
      return std::nullopt;
    // The local time of any later instant is at least end + smallest offset, and that of a fire matches (or, in a gap,
    // would have matched): so no fire lies before the first such match minus the largest offset.
    const auto match = rule_.next(segment.end + zone_->smallest_offset());
    if (!match)
      return std::nullopt;
    instant = std::max(segment.end, *match - zone_->largest_offset());
  }
}

std::optional<zone_seconds> local_fire_rule::first_within(const zone_segment& segment,
                                                          zone_seconds from) const noexcept {
  auto begin = segment.begin + segment.offset; // local times
  auto end = segment.end + segment.offset;
  if (dst_.overlap == overlap_pass::first)
    begin = segment.begin + std::max(segment.offset_before, segment.offset);
  else if (dst_.overlap == overlap_pass::last)
    end = segment.end + std::min(segment.offset, segment.offset_after);
  std::optional<zone_seconds> earliest;
  if (const auto match = rule_.next(std::max(begin, from + segment.offset)); match && *match < end)
    earliest = *match - segment.offset;
  if (dst_.gap != gap_policy::skip)
    if (const auto in_gap = first_of_gaps(segment, from))
      keep_earlier(earliest, *in_gap);
  return earliest;
}

/// The first fire, within the segment, of a local time that the change at its begin or at its end leaves out.
std::optional<zone_seconds> local_fire_rule::first_of_gaps(const zone_segment& segment,
                                                           zone_seconds from) const noexcept {
  const auto gap_begin = segment.begin + segment.offset_before; // local times
  const auto gap_end = segment.begin + segment.offset;
  switch (dst_.gap) {
    case gap_policy::skip: break;
    case gap_policy::before: {
      const auto instant = segment.end - 1;
      if (from <= instant && has_match_between(segment.end + segment.offset, segment.end + segment.offset_after))
        return instant;
      break;
    }
    case gap_policy::after:
      if (from <= segment.begin && has_match_between(gap_begin, gap_end))
        return segment.begin;
      break;
    case gap_policy::shift: {
      const auto begin = std::max(gap_begin, from + segment.offset_before);
      if (begin >= gap_end)
        break;
      if (const auto match = rule_.next(begin); match && *match < gap_end)
        return *match - segment.offset_before;
      break;
    }
  }
  return std::nullopt;
}

bool local_fire_rule::has_match_between(zone_seconds local_begin, zone_seconds local_end) const noexcept {
  if (local_begin >= local_end)
    return false;
  const auto match = rule_.next(local_begin);
  return match && *match < local_end;
}

} // namespace carillon
