#include "carillon/trigger/describe.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/trigger/trigger.hpp"
#include "trigger/classic_cron.hpp"
#include "trigger/cron.hpp"
#include "trigger/cron_field.hpp"
#include "trigger/custom.hpp"
#include "trigger/value_set.hpp"

#include <fmt/format.h>

#include <array>

namespace carillon {
namespace {

using namespace std::chrono_literals;

constexpr std::array spoken_months{"January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December"};
constexpr std::array spoken_weekdays{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::string ordinal(unsigned number) {
  const auto tens = number / 10 % 10;
  const auto ones = tens == 1 ? 0 : number % 10;
  return fmt::format("{}{}", number, ones == 1 ? "st" : ones == 2 ? "nd" : ones == 3 ? "rd" : "th");
}

/// `a`, `a and b`, `a, b and c`
std::string join(const std::vector<std::string>& members, std::string_view last = "and") {
  std::string text;
  for (std::size_t i = 0; i < members.size(); ++i)
    text.append(i == 0 ? "" : i + 1 < members.size() ? ", " : fmt::format(" {} ", last)).append(members[i]);
  return text;
}

/// `1, 3 and 5 to 8`
template <class Name>
std::string list(const value_set& values, Name name) {
  std::vector<std::string> members;
  for (const auto& [first, last] : values.runs()) {
    if (last - first >= 2) {
      members.push_back(fmt::format("{} to {}", name(first), name(last)));
      continue;
    }
    for (auto value = first; value <= last; ++value)
      members.push_back(name(value));
  }
  return join(members);
}
std::string list(const value_set& values) {
  return list(values, [](unsigned value) { return std::to_string(value); });
}

/// One of the three members of the time of day. With `every`, it says how often by itself; otherwise it needs an `at`.
struct clock_phrase {
  std::string text;
  bool is_every;
};
clock_phrase clock_member(const value_set& values, std::string_view unit) {
  if (values.is_all())
    return {fmt::format("every {}", unit), true};
  if (const auto steps = values.as_progression())
    return {steps->reaches_end
                ? fmt::format("every {} {}s", steps->step, unit)
                : fmt::format("every {} {}s from {} to {}", steps->step, unit, steps->first, steps->last),
            true};
  return {fmt::format("{}{} {}", unit, values.values().size() > 1 ? "s" : "", list(values)), false};
}

std::string time_of_day(const local_fields& fields) {
  constexpr std::size_t most_times = 4;
  const value_set hours{fields.hours, 0, 23}, minutes{fields.minutes, 0, 59}, seconds{fields.seconds, 0, 59};
  if (hours.values().size() * minutes.values().size() * seconds.values().size() <= most_times) {
    std::vector<std::string> times;
    for (const auto hour : hours.values())
      for (const auto minute : minutes.values())
        for (const auto second : seconds.values())
          times.push_back(second == 0 ? fmt::format("{:02}:{:02}", hour, minute)
                                      : fmt::format("{:02}:{:02}:{:02}", hour, minute, second));
    return "at " + join(times);
  }
  std::string text;
  bool needs_more = true; // until a member says "every"
  const auto add = [&](const value_set& values, std::string_view unit) {
    const auto phrase = clock_member(values, unit);
    if (values.is_all() && !needs_more)
      return;
    text += text.empty() ? (phrase.is_every ? "" : "at ") : " of ";
    text += phrase.text;
    needs_more = !phrase.is_every;
  };
  if (fields.seconds != 1)
    add(seconds, "second");
  add(minutes, "minute");
  add(hours, "hour");
  return text;
}

constexpr std::uint64_t days_from_monday(weekday_bits weekdays) {
  return (weekdays >> 1 & 0x3Fu) | (weekdays & 1u) << 6;
}
std::string weekday_name(unsigned days_from_monday) { return spoken_weekdays[days_from_monday]; }
/// `the 2nd Friday`, `the last Sunday`
void add_positions(const day_pattern& day, std::vector<std::string>& members) {
  for (unsigned weekday = 0; weekday < 7; ++weekday) {
    const auto has = [&](weekday_bits bits) { return (days_from_monday(bits) >> weekday & 1) != 0; };
    for (unsigned i = 0; i < day.nth_weekdays.size(); ++i)
      if (has(day.nth_weekdays[i]))
        members.push_back(fmt::format("the {} {}", ordinal(i + 1), weekday_name(weekday)));
    if (has(day.last_weekdays))
      members.push_back(fmt::format("the last {}", weekday_name(weekday)));
  }
}

std::string days_of_month(const day_pattern& day) {
  std::vector<std::string> members;
  if (const value_set numbers{day.days, 1, last_day}; !numbers.values().empty())
    members.push_back(fmt::format("day{} {}", numbers.values().size() > 1 ? "s" : "", list(numbers)));
  for (unsigned number = 1; number <= last_day; ++number)
    if ((day.nearest_workdays >> number & 1) != 0)
      members.push_back(fmt::format("the working day (Monday to Friday) nearest to day {}", number));
  for (unsigned before = 0; before < last_day; ++before)
    if ((day.days_before_last >> before & 1) != 0)
      members.push_back(before == 0 ? "the last day"
                                    : fmt::format("{} day{} before the last day", before, before == 1 ? "" : "s"));
  if (day.last_workday)
    members.emplace_back("the last working day (Monday to Friday)");
  add_positions(day, members);
  return join(members);
}

/// Whether it says more than names of weekdays, so that it belongs to a month.
bool has_positions(const day_pattern& weekday) {
  return weekday.last_weekdays != 0 || weekday.nth_weekdays != day_pattern{}.nth_weekdays;
}
std::string weekdays_of(const day_pattern& weekday) {
  std::vector<std::string> members;
  if (weekday.weekdays != 0)
    members.push_back(list({days_from_monday(weekday.weekdays), 0, 6}, weekday_name));
  add_positions(weekday, members);
  return join(members);
}

std::string months_of(const local_fields& fields) {
  return list({fields.months, 1, 12}, [](unsigned month) { return std::string{spoken_months[month - 1]}; });
}

std::string date(const local_fields& fields) {
  const bool any_day = fields.day.days == every_day, any_weekday = fields.weekday.weekdays == every_weekday;
  const bool any_month = fields.months == every_month;
  std::string text;
  bool month_said = any_month;
  const auto of_month = [&] {
    month_said = true;
    return any_month ? std::string{" of the month"} : " of " + months_of(fields);
  };
  if (fields.either_day && (any_day || any_weekday)) {
    // one of them allows every day, and one is enough
  } else if (!any_day) {
    text = " on " + days_of_month(fields.day) + of_month();
    if (!any_weekday)
      text += (fields.either_day ? " or on " : ", if that is ") + weekdays_of(fields.weekday);
  } else if (!any_weekday) {
    text = " on " + weekdays_of(fields.weekday);
    if (has_positions(fields.weekday))
      text += of_month();
  }
  if (!month_said)
    text += " in " + months_of(fields);
  if (fields.weeks != every_week)
    text += " in ISO week " + list({fields.weeks, 1, 53});
  return text;
}

std::string years_of(const std::vector<stepped_range>& ranges) {
  if (ranges.empty())
    return {};
  std::vector<std::string> members;
  for (const auto& [first, last, step] : ranges)
    members.push_back(first == last ? fmt::format("{}", first)
                      : step == 1   ? fmt::format("{} to {}", first, last)
                                    : fmt::format("every {} year from {} to {}", ordinal(step), first, last));
  return " in " + join(members);
}

std::string zone_text(const std::string& name) { return name == "UTC" ? ", UTC" : fmt::format(", {} time", name); }

std::string dst_text(const std::optional<dst_policy>& dst) {
  if (!dst)
    return {};
  constexpr std::array gaps{"doesn't fire", "fires a second before the clocks change", "fires when the clocks change",
                            "fires as much later as they are set forward"};
  constexpr std::array overlaps{"the first time", "the second time", "both times"};
  return fmt::format("; a time that the clocks leave out {}, one that comes twice fires {}",
                     gaps[static_cast<std::size_t>(dst->gap)], overlaps[static_cast<std::size_t>(dst->overlap)]);
}

std::string until(const std::optional<timestamp>& end) {
  return end ? fmt::format(", until {}", to_iso8601(*end)) : std::string{};
}

template <class Definition>
std::string describe_fields(const local_fields& fields, const Definition& definition) {
  return time_of_day(fields) + date(fields) + years_of(fields.years) + zone_text(definition.timezone) +
         until(definition.end_time) + dst_text(definition.dst);
}

void add_amount(std::vector<std::string>& members, std::int64_t amount, std::string_view unit) {
  if (amount != 0)
    members.push_back(fmt::format("{} {}{}", amount, unit, amount == 1 ? "" : "s"));
}

// The definitions have been accepted by trigger::make.
class describer {
public:
  std::string operator()(const date_definition& from) const { return "once, at " + to_iso8601(from.run_time); }
  std::string operator()(const interval_definition& from) const {
    std::vector<std::string> parts;
    auto rest = from.interval;
    for (const auto& [unit, name] : {std::pair<duration, const char*>{24h, "day"},
                                     {1h, "hour"},
                                     {1min, "minute"},
                                     {1s, "second"},
                                     {1us, "microsecond"}}) {
      add_amount(parts, rest / unit, name);
      rest %= unit;
    }
    return fmt::format("every {}, counted from {}{}", join(parts), to_iso8601(from.start_time), until(from.end_time));
  }
  std::string operator()(const calendar_interval_definition& from) const {
    std::vector<std::string> parts;
    add_amount(parts, from.years, "year");
    add_amount(parts, from.months, "month");
    add_amount(parts, from.weeks, "week");
    add_amount(parts, from.days, "day");
    return fmt::format("every {}{} at {:02}:{:02}:{:02}, counted from {}{}{}{}", join(parts),
                       from.day_of_week ? fmt::format(" on {}", spoken_weekdays[*from.day_of_week - 1u]) : "",
                       from.hour, from.minute, from.second, to_text(from.start_date), zone_text(from.timezone),
                       from.end_date ? ", until " + to_text(*from.end_date) : "", dst_text(from.dst));
  }
  std::string operator()(const cron_definition& from) const {
    return describe_fields(parse_cron_fields(from).value(), from);
  }
  std::string operator()(const classic_cron_definition& from) const {
    return describe_fields(parse_classic_cron(from.expression).value().fields, from);
  }
  std::string operator()(const all_of_definition& from) const {
    return fmt::format("when all of these do within {} s: {}", static_cast<double>(from.threshold.count()) / 1e6,
                       parts_of(from.triggers));
  }
  std::string operator()(const any_of_definition& from) const {
    return "whenever one of these does: " + parts_of(from.triggers);
  }
  std::string operator()(const custom_definition& from) const {
    try {
      if (auto text = make_custom_trigger(from).value()->describe(); !text.empty())
        return text;
    } catch (const std::exception&) { // a text for people isn't worth a failure
    }
    return fmt::format("as the trigger kind {} says", quote(from.kind));
  }

private:
  std::string parts_of(const std::vector<trigger_definition>& triggers) const {
    std::string text;
    for (const auto& part : triggers)
      text += fmt::format("{}({})", text.empty() ? "" : "; ", std::visit(*this, part.kind));
    return text;
  }
};

} // namespace

result<std::string> describe(const trigger_definition& definition) {
  if (const auto made = trigger::make(definition); !made)
    return made.err();
  return std::visit(describer{}, definition.kind);
}

} // namespace carillon
