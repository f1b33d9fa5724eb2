// Section 4: a walk over local dates at one time of day.
#include "trigger/cron.hpp"
#include "trigger/day_number.hpp"
#include "trigger/kinds.hpp"
#include "trigger/zone.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {
namespace {

constexpr std::int64_t months_a_year = 12;

/// The fires of one date: none, one, or both passes of an overlap.
struct date_fires {
  int count = 0;
  timestamp first = timestamp::min();
  timestamp last = timestamp::min();
};

/// Dates are day numbers here. The cursor's position is the last date that was looked at, and its `pending` holds the
/// second pass of that date while it is still to come.
class calendar_interval_rule final : public simple_fire_rule {
public:
  calendar_interval_rule(const calendar_interval_definition& definition, std::shared_ptr<const zone> where)
    : zone_(std::move(where)), dst_(definition.dst.value_or(calendar_interval_dst)),
      step_months_(std::int64_t{definition.years} * months_a_year + definition.months),
      step_days_(std::int64_t{definition.weeks} * 7 + definition.days),
      time_of_day_(definition.hour * 3'600 + definition.minute * 60 + definition.second),
      first_date_(to_day_number(definition.start_date)),
      last_date_(to_day_number(definition.end_date.value_or(local_date{max_year, 12, 31}))) {
    if (definition.day_of_week)
      first_date_ += (*definition.day_of_week + 7 - iso_weekday(first_date_)) % 7;
  }

protected:
  [[nodiscard]] bool accepts_running(const trigger_cursor& cursor) const override {
    if (cursor.at == trigger_cursor::phase::fresh)
      return !has_parts(cursor);
    if (!cursor.parts.empty() || cursor.pending.size() > 1 || cursor.position < first_date_ ||
        cursor.position > last_date_)
      return false;
    return cursor.pending.empty() || cursor.pending.front() == fires_on(cursor.position).last;
  }

  [[nodiscard]] std::optional<timestamp> advance(trigger_cursor& cursor) const override {
    if (!cursor.pending.empty()) {
      const auto second_pass = cursor.pending.front();
      cursor.pending.clear();
      return second_pass;
    }
    // Shifted out of a gap of a whole day, a date can get the instant of the next date: it fires once.
    const auto given = cursor.at == trigger_cursor::phase::running ? fires_on(cursor.position).last : timestamp::min();
    for (auto date = date_after(cursor); date; date = date_after(*date)) {
      stand_on(cursor, *date);
      const auto fires = fires_on(*date);
      if (fires.first > given) {
        if (fires.last > fires.first)
          cursor.pending.assign(1, fires.last);
        return fires.first;
      }
      if (fires.last > given)
        return fires.last;
    }
    return std::nullopt;
  }

  void skip(trigger_cursor& cursor, timestamp when) const override {
    if (!cursor.pending.empty()) {
      if (cursor.pending.front() >= when)
        return;
      cursor.pending.clear();
    }
    jump_near(cursor, when);
    for (auto date = date_after(cursor); date; date = date_after(*date)) {
      const auto fires = fires_on(*date);
      if (fires.first >= when)
        return; // the cursor stands on the date before it
      stand_on(cursor, *date);
      if (fires.last >= when) {
        cursor.pending.assign(1, fires.last); // `when` lies between the passes
        return;
      }
    }
    finish(cursor);
  }

private:
  static void stand_on(trigger_cursor& cursor, std::int64_t date) {
    cursor.at = trigger_cursor::phase::running;
    cursor.position = date;
  }

  [[nodiscard]] std::optional<std::int64_t> date_after(const trigger_cursor& cursor) const {
    if (cursor.at == trigger_cursor::phase::running)
      return date_after(cursor.position);
    return first_date_ <= last_date_ ? std::optional{first_date_} : std::nullopt;
  }

  /// Rule 4.2.
  [[nodiscard]] std::optional<std::int64_t> date_after(std::int64_t date) const {
    if (step_months_ != 0) {
      const auto from = date_of(date);
      auto target = plus_months(from, step_months_);
      for (auto distance = step_months_; target && !exists(*target);) {
        distance += step_months_;
        target = plus_months(from, distance);
      }
      if (!target)
        return std::nullopt;
      date = day_number_of(target->year, target->month, target->day);
    }
    date += step_days_;
    return date <= last_date_ ? std::optional{date} : std::nullopt;
  }

  static bool exists(const local_date& date) { return date.day <= month_length(date.year, date.month); }

  /// The same day of a later month, whether it exists or not; nothing after the year 9999.
  static std::optional<local_date> plus_months(local_date date, std::int64_t months) {
    const auto month = date.year * months_a_year + (date.month - 1) + months;
    if (month / months_a_year > max_year)
      return std::nullopt;
    date.year = static_cast<std::int32_t>(month / months_a_year);
    date.month = static_cast<std::uint8_t>(month % months_a_year + 1);
    return date;
  }

  [[nodiscard]] date_fires fires_on(std::int64_t date) const {
    const auto fires = [](zone_seconds first, zone_seconds last) {
      return date_fires{first == last ? 1 : 2, timestamp{std::chrono::seconds{first}},
                        timestamp{std::chrono::seconds{last}}};
    };
    const auto local = date * day_seconds + time_of_day_;
    const auto meaning = zone_->meaning_of(local);
    if (meaning.count != 0)
      return fires(dst_.overlap == overlap_pass::last ? meaning.last : meaning.first,
                   dst_.overlap == overlap_pass::first ? meaning.first : meaning.last);
    zone_seconds instant = 0;
    switch (dst_.gap) {
      case gap_policy::skip: return {};
      case gap_policy::before: instant = meaning.gap_instant - 1; break;
      case gap_policy::after: instant = meaning.gap_instant; break;
      case gap_policy::shift: instant = local - meaning.offset_before; break;
    }
    return fires(instant, instant);
  }

  /// Moves the cursor to the last date of the walk that can have no fire at or after `when`; at least, when the walk
  /// adds both months and days, as then each date depends on the one before.
  void jump_near(trigger_cursor& cursor, timestamp when) const {
    // A local time before `when` + the smallest offset belongs to an instant before `when`, in a gap too.
    const auto local =
        std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count() + zone_->smallest_offset();
    const std::chrono::seconds since_epoch{local};
    const auto limit = std::min(std::chrono::floor<std::chrono::days>(since_epoch).count() - 1, last_date_);
    auto date = cursor.at == trigger_cursor::phase::running ? cursor.position : first_date_;
    if (date > limit)
      return;
    if (step_months_ == 0)
      date += (limit - date) / step_days_ * step_days_;
    else if (step_days_ == 0)
      date = jump_by_months(date, limit);
    else
      for (auto next = date_after(date); next && *next <= limit; next = date_after(*next))
        date = *next;
    stand_on(cursor, date);
  }

  [[nodiscard]] std::int64_t jump_by_months(std::int64_t date, std::int64_t limit) const {
    const auto from = date_of(date);
    const auto to = date_of(limit);
    const auto months = (to.year - from.year) * months_a_year + to.month - from.month;
    for (auto steps = months / step_months_; steps > 0; --steps) { // back over months without that day: a few
      const auto target = plus_months(from, steps * step_months_);
      if (!target || !exists(*target))
        continue;
      if (const auto found = day_number_of(target->year, target->month, target->day); found <= limit)
        return found;
    }
    return date;
  }

  std::shared_ptr<const zone> zone_;
  dst_policy dst_;
  std::int64_t step_months_;
  std::int64_t step_days_;
  std::int64_t time_of_day_;
  std::int64_t first_date_;
  std::int64_t last_date_;
};

result<void> check_calendar(const calendar_interval_definition& definition) {
  if (definition.years == 0 && definition.months == 0 && definition.weeks == 0 && definition.days == 0)
    return {ec::invalid_argument, "one of years, months, weeks and days must be more than 0"};
  if (definition.hour > 23)
    return {ec::invalid_argument, fmt::format("hour: {} is more than 23", definition.hour)};
  if (definition.minute > 59)
    return {ec::invalid_argument, fmt::format("minute: {} is more than 59", definition.minute)};
  if (definition.second > 59)
    return {ec::invalid_argument, fmt::format("second: {} is more than 59", definition.second)};
  if (!is_valid(definition.start_date))
    return {ec::invalid_argument, fmt::format("start_date: there is no date {}", to_text(definition.start_date))};
  if (definition.end_date && !is_valid(*definition.end_date))
    return {ec::invalid_argument, fmt::format("end_date: there is no date {}", to_text(*definition.end_date))};
  if (definition.end_date && *definition.end_date < definition.start_date)
    return {ec::invalid_argument, "end_date lies before start_date"};
  if (!definition.day_of_week)
    return {};
  if (*definition.day_of_week < 1 || *definition.day_of_week > 7)
    return {ec::invalid_argument, fmt::format("day_of_week: {} is not 1 to 7", *definition.day_of_week)};
  if (definition.weeks == 0 || definition.years != 0 || definition.months != 0 || definition.days != 0)
    return {ec::invalid_argument, "day_of_week is allowed with weeks only"};
  return {};
}

} // namespace

compiled_rule compile(const calendar_interval_definition& definition) {
  if (const auto checked = check_calendar(definition); !checked)
    return checked.err();
  if (const auto checked = check_dst(definition.dst); !checked)
    return checked.err();
  const auto where = zone::find(definition.timezone);
  if (!where)
    return where.err().within("timezone");
  return std::unique_ptr<const fire_rule>{std::make_unique<calendar_interval_rule>(definition, *where)};
}

} // namespace carillon
