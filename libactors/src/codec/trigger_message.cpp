#include "codec/messages.hpp"

namespace carillon::codec {
namespace {

void put_date(const local_date& from, record::local_date& to) {
  to.set_year(from.year);
  to.set_month(from.month);
  to.set_day(from.day);
}

// Out of range numbers must not be cut down to other valid ones.
fault get_date(const record::local_date& from, local_date& to) {
  if (from.month() > 12 || from.day() > 31)
    return "a date that doesn't exist";
  to = {from.year(), static_cast<std::uint8_t>(from.month()), static_cast<std::uint8_t>(from.day())};
  return std::nullopt;
}

// The parts that the kinds share.
template <class Definition, class Message>
void put_end_time(const Definition& from, Message& to) {
  if (from.end_time)
    to.set_end_time(to_number(*from.end_time));
}
template <class Message, class Definition>
void get_end_time(const Message& from, Definition& to) {
  if (from.has_end_time())
    to.end_time = to_timestamp(from.end_time());
}

template <class Definition, class Message>
void put_zone(const Definition& from, Message& to) {
  to.set_timezone(from.timezone);
  if (from.dst) {
    to.mutable_dst()->set_gap(static_cast<std::uint32_t>(from.dst->gap));
    to.mutable_dst()->set_overlap(static_cast<std::uint32_t>(from.dst->overlap));
  }
}
template <class Message, class Definition>
void get_zone(const Message& from, Definition& to) {
  to.timezone = from.timezone();
  if (from.has_dst())
    to.dst = dst_policy{static_cast<gap_policy>(from.dst().gap()), static_cast<overlap_pass>(from.dst().overlap())};
}

template <class Message>
void put_parts(const std::vector<trigger_definition>& from, Message& to) {
  for (const auto& part : from)
    to_message(part, *to.add_triggers());
}
template <class Message>
fault get_parts(const Message& from, std::vector<trigger_definition>& to) {
  for (const auto& part : from.triggers())
    if (auto wrong = from_message(part, to.emplace_back()))
      return wrong;
  return std::nullopt;
}

struct definition_writer {
  record::trigger_definition& message;

  void operator()(const date_definition& from) const { message.mutable_date()->set_run_time(to_number(from.run_time)); }
  void operator()(const interval_definition& from) const {
    auto& to = *message.mutable_interval();
    to.set_interval(to_number(from.interval));
    to.set_start_time(to_number(from.start_time));
    put_end_time(from, to);
  }
  void operator()(const calendar_interval_definition& from) const {
    auto& to = *message.mutable_calendar_interval();
    to.set_years(from.years);
    to.set_months(from.months);
    to.set_weeks(from.weeks);
    to.set_days(from.days);
    to.set_hour(from.hour);
    to.set_minute(from.minute);
    to.set_second(from.second);
    if (from.day_of_week)
      to.set_day_of_week(*from.day_of_week);
    put_date(from.start_date, *to.mutable_start_date());
    if (from.end_date)
      put_date(*from.end_date, *to.mutable_end_date());
    put_zone(from, to);
  }
  void operator()(const cron_definition& from) const {
    auto& to = *message.mutable_cron();
    if (from.year)
      to.set_year(*from.year);
    if (from.month)
      to.set_month(*from.month);
    if (from.day)
      to.set_day(*from.day);
    if (from.week)
      to.set_week(*from.week);
    if (from.day_of_week)
      to.set_day_of_week(*from.day_of_week);
    if (from.hour)
      to.set_hour(*from.hour);
    if (from.minute)
      to.set_minute(*from.minute);
    if (from.second)
      to.set_second(*from.second);
    to.set_start_time(to_number(from.start_time));
    put_end_time(from, to);
    put_zone(from, to);
  }
  void operator()(const classic_cron_definition& from) const {
    auto& to = *message.mutable_classic_cron();
    to.set_expression(from.expression);
    to.set_start_time(to_number(from.start_time));
    put_end_time(from, to);
    put_zone(from, to);
  }
  void operator()(const all_of_definition& from) const {
    auto& to = *message.mutable_all_of();
    put_parts(from.triggers, to);
    to.set_threshold(to_number(from.threshold));
    to.set_max_iterations(from.max_iterations);
  }
  void operator()(const any_of_definition& from) const { put_parts(from.triggers, *message.mutable_any_of()); }
  void operator()(const custom_definition& from) const {
    message.mutable_custom()->set_kind(from.kind);
    message.mutable_custom()->set_parameters(from.parameters);
  }
};

interval_definition read_part(const record::interval_trigger& from) {
  interval_definition to{duration{from.interval()}, to_timestamp(from.start_time()), std::nullopt};
  get_end_time(from, to);
  return to;
}

fault read_part(const record::calendar_interval_trigger& from, calendar_interval_definition& to) {
  if (from.hour() > 23 || from.minute() > 59 || from.second() > 59 || from.day_of_week() > 7)
    return "a time of day that doesn't exist";
  to.years = from.years();
  to.months = from.months();
  to.weeks = from.weeks();
  to.days = from.days();
  to.hour = static_cast<std::uint8_t>(from.hour());
  to.minute = static_cast<std::uint8_t>(from.minute());
  to.second = static_cast<std::uint8_t>(from.second());
  if (from.has_day_of_week())
    to.day_of_week = static_cast<std::uint8_t>(from.day_of_week());
  if (auto wrong = get_date(from.start_date(), to.start_date))
    return wrong;
  if (from.has_end_date())
    if (auto wrong = get_date(from.end_date(), to.end_date.emplace()))
      return wrong;
  get_zone(from, to);
  return std::nullopt;
}

cron_definition read_part(const record::cron_trigger& from) {
  cron_definition to;
  const auto field = [](bool there, const std::string& text) {
    return there ? std::optional<std::string>{text} : std::nullopt;
  };
  to.year = field(from.has_year(), from.year());
  to.month = field(from.has_month(), from.month());
  to.day = field(from.has_day(), from.day());
  to.week = field(from.has_week(), from.week());
  to.day_of_week = field(from.has_day_of_week(), from.day_of_week());
  to.hour = field(from.has_hour(), from.hour());
  to.minute = field(from.has_minute(), from.minute());
  to.second = field(from.has_second(), from.second());
  to.start_time = to_timestamp(from.start_time());
  get_end_time(from, to);
  get_zone(from, to);
  return to;
}

classic_cron_definition read_part(const record::classic_cron_trigger& from) {
  classic_cron_definition to;
  to.expression = from.expression();
  to.start_time = to_timestamp(from.start_time());
  get_end_time(from, to);
  get_zone(from, to);
  return to;
}

} // namespace

void to_message(const trigger_definition& from, record::trigger_definition& to) {
  std::visit(definition_writer{to}, from.kind);
}

fault from_message(const record::trigger_definition& from, trigger_definition& to) {
  switch (from.kind_case()) {
    case record::trigger_definition::KIND_NOT_SET: return "a trigger of an unknown kind";
    case record::trigger_definition::kDate: to.kind = date_definition{to_timestamp(from.date().run_time())}; break;
    case record::trigger_definition::kInterval: to.kind = read_part(from.interval()); break;
    case record::trigger_definition::kCalendarInterval:
      return read_part(from.calendar_interval(), to.kind.emplace<calendar_interval_definition>());
    case record::trigger_definition::kCron: to.kind = read_part(from.cron()); break;
    case record::trigger_definition::kClassicCron: to.kind = read_part(from.classic_cron()); break;
    case record::trigger_definition::kCustom:
      to.kind = custom_definition{from.custom().kind(), from.custom().parameters()};
      break;
    case record::trigger_definition::kAllOf: {
      auto& all = to.kind.emplace<all_of_definition>();
      all.threshold = duration{from.all_of().threshold()};
      all.max_iterations = from.all_of().max_iterations();
      return get_parts(from.all_of(), all.triggers);
    }
    case record::trigger_definition::kAnyOf:
      return get_parts(from.any_of(), to.kind.emplace<any_of_definition>().triggers);
  }
  return std::nullopt;
}

void to_message(const trigger_cursor& from, record::trigger_cursor& to) {
  to.set_at(static_cast<std::uint32_t>(from.at));
  to.set_position(from.position);
  for (const auto& part : from.parts)
    to_message(part, *to.add_parts());
  for (const auto& pending : from.pending)
    if (auto& slot = *to.add_pending(); pending)
      slot.set_at(to_number(*pending));
  to.set_state(from.state);
}

fault from_message(const record::trigger_cursor& from, trigger_cursor& to) {
  if (from.at() > static_cast<std::uint32_t>(trigger_cursor::phase::finished))
    return "a trigger cursor in an unknown phase";
  to.at = static_cast<trigger_cursor::phase>(from.at());
  to.position = from.position();
  for (const auto& part : from.parts())
    if (auto wrong = from_message(part, to.parts.emplace_back()))
      return wrong;
  for (const auto& pending : from.pending())
    to.pending.push_back(pending.has_at() ? std::optional{to_timestamp(pending.at())} : std::nullopt);
  to.state = from.state();
  return std::nullopt;
}

} // namespace carillon::codec
