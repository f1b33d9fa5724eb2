#include "carillon/trigger/describe.hpp"

#include "carillon/trigger/trigger.hpp"
#include "trigger/classic_cron.hpp"
#include "trigger/cron.hpp"
#include "trigger/cron_field.hpp"
#include "trigger/value_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace carillon {
namespace {

constexpr std::array short_weekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array ordinal_words{"1st", "2nd", "3rd", "4th", "5th"};

void add(std::string& list, std::string_view member) { list.append(list.empty() ? "" : ",").append(member); }

/// `*`, `*/n`, or a list of numbers and ranges.
std::string numbers(const value_set& values) {
  if (values.is_all())
    return "*";
  if (const auto steps = values.as_progression())
    return steps->reaches_end ? fmt::format("*/{}", steps->step)
                              : fmt::format("{}-{}/{}", steps->first, steps->last, steps->step);
  std::string list;
  for (const auto& [first, last] : values.runs())
    add(list, first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last));
  return list;
}

std::string years(std::vector<stepped_range> ranges) {
  if (ranges.empty())
    return "*";
  const auto key = [](const stepped_range& x) { return std::tuple{x.first, x.last, x.step}; };
  std::ranges::sort(ranges, {}, key);
  std::string list;
  for (auto [first, last, step] : ranges) {
    last -= (last - first) % step;
    add(list, first == last ? fmt::format("{}", first)
              : step == 1   ? fmt::format("{}-{}", first, last)
                            : fmt::format("{}-{}/{}", first, last, step));
  }
  return list;
}

/// The members that are neither numbers nor ranges.
std::string strict_specials(const day_pattern& day) {
  std::string list;
  if (day.days_before_last != 0)
    add(list, "last");
  for (unsigned weekday = 0; weekday < 7; ++weekday) {
    const auto has = [&](weekday_bits bits) { return (bits >> weekday & 1) != 0; };
    for (std::size_t i = 0; i < day.nth_weekdays.size(); ++i)
      if (has(day.nth_weekdays[i]))
        add(list, fmt::format("{} {}", ordinal_words[i], short_weekdays[weekday]));
    if (has(day.last_weekdays))
      add(list, fmt::format("last {}", short_weekdays[weekday]));
  }
  return list;
}
std::string classic_specials(const day_pattern& day) {
  std::string list;
  for (unsigned before = 0; before < last_day; ++before)
    if ((day.days_before_last >> before & 1) != 0)
      add(list, before == 0 ? "L" : fmt::format("L-{}", before));
  for (unsigned number = 1; number <= last_day; ++number)
    if ((day.nearest_workdays >> number & 1) != 0)
      add(list, fmt::format("{}W", number));
  if (day.last_workday)
    add(list, "LW");
  for (unsigned weekday = 0; weekday < 7; ++weekday) {
    const auto has = [&](weekday_bits bits) { return (bits >> weekday & 1) != 0; };
    for (std::size_t i = 0; i < day.nth_weekdays.size(); ++i)
      if (has(day.nth_weekdays[i]))
        add(list, fmt::format("{}#{}", weekday, i + 1));
    if (has(day.last_weekdays))
      add(list, fmt::format("{}L", weekday));
  }
  return list;
}

std::string with_specials(std::string list, bool has_numbers, const std::string& specials) {
  if (!has_numbers)
    return specials;
  if (!specials.empty())
    add(list, specials);
  return list;
}

/// How a day field of the classic dialect begins, which has a meaning of its own (trigger-semantics 12.5).
enum class beginning { any, star, no_star };

std::string classic_day(std::uint64_t bits, const std::string& specials, unsigned min, unsigned max, beginning how) {
  const value_set values{bits, min, max};
  auto list = numbers(values);
  if (how == beginning::star && !list.starts_with('*')) { // the lowest value is all that so large a step selects
    list = fmt::format("*/{}", max - min + 1);
    if (const value_set others{bits & ~(std::uint64_t{1} << min), min, max}; !others.values().empty())
      add(list, numbers(others));
  } else if (how == beginning::no_star && values.is_all()) {
    list = fmt::format("{}-{}", min, max);
  } else if (how == beginning::no_star && list.starts_with('*')) {
    const auto steps = values.as_progression();
    list = fmt::format("{}-{}/{}", steps->first, steps->last, steps->step);
  }
  return with_specials(std::move(list), bits != 0, specials);
}

std::string classic_text(const local_fields& fields) {
  const auto day_text = [&](beginning how) {
    return classic_day(fields.day.days, classic_specials(fields.day), 1, last_day, how);
  };
  const auto weekday_text = [&](beginning how) {
    return classic_day(fields.weekday.weekdays, classic_specials(fields.weekday), 0, 6, how);
  };
  const auto how = fields.either_day ? beginning::no_star : beginning::any;
  auto day = day_text(how), weekday = weekday_text(how);
  if (!fields.either_day && !day.starts_with('*') && !weekday.starts_with('*')) {
    // One began with a star, and so has the lowest value.
    const bool day_has_lowest = (fields.day.days & 1u << 1) != 0;
    (day_has_lowest ? day : weekday) = day_has_lowest ? day_text(beginning::star) : weekday_text(beginning::star);
  }
  auto text = fmt::format("{} {} {} {} {}", numbers({fields.minutes, 0, 59}), numbers({fields.hours, 0, 23}), day,
                          numbers({fields.months, 1, 12}), weekday);
  const auto year = years(fields.years);
  if (fields.seconds != 1 || year != "*")
    text = fmt::format("{} {}", numbers({fields.seconds, 0, 59}), text);
  return year == "*" ? text : fmt::format("{} {}", text, year);
}

/// Sunday is 7 there, so that a step counts from Monday (trigger-semantics 5.5).
std::uint64_t from_monday(weekday_bits weekdays) { return (weekdays & ~1u) | (weekdays & 1u) << 7; }

class canonical_form {
public:
  result<trigger_definition> operator()(const cron_definition& from) const {
    const auto fields = parse_cron_fields(from);
    if (!fields)
      return fields.err();
    auto to = from;
    to.year = years(fields->years);
    to.month = numbers({fields->months, 1, 12});
    to.day =
        with_specials(numbers({fields->day.days, 1, last_day}), fields->day.days != 0, strict_specials(fields->day));
    to.week = numbers({fields->weeks, 1, 53});
    to.day_of_week = numbers({from_monday(fields->weekday.weekdays), 1, 7});
    to.hour = numbers({fields->hours, 0, 23});
    to.minute = numbers({fields->minutes, 0, 59});
    to.second = numbers({fields->seconds, 0, 59});
    to.dst = from.dst.value_or(cron_dst);
    return trigger_definition{std::move(to)};
  }
  result<trigger_definition> operator()(const classic_cron_definition& from) const {
    const auto parsed = parse_classic_cron(from.expression);
    if (!parsed)
      return parsed.err();
    auto to = from;
    to.expression = classic_text(parsed->fields);
    to.dst = from.dst.value_or(parsed->dst);
    return trigger_definition{std::move(to)};
  }
  result<trigger_definition> operator()(calendar_interval_definition from) const {
    from.dst = from.dst.value_or(calendar_interval_dst);
    return trigger_definition{std::move(from)};
  }
  result<trigger_definition> operator()(all_of_definition from) const { return with_parts(std::move(from)); }
  result<trigger_definition> operator()(any_of_definition from) const { return with_parts(std::move(from)); }
  template <class Definition>
  result<trigger_definition> operator()(const Definition& from) const {
    return trigger_definition{from};
  }

private:
  template <class Definition>
  result<trigger_definition> with_parts(Definition from) const {
    for (auto& part : from.triggers) {
      auto form = std::visit(*this, part.kind);
      if (!form)
        return form.err();
      part = *std::move(form);
    }
    return trigger_definition{std::move(from)};
  }
};

} // namespace

result<trigger_definition> canonical(const trigger_definition& definition) {
  if (const auto made = trigger::make(definition); !made)
    return made.err();
  return std::visit(canonical_form{}, definition.kind);
}

} // namespace carillon
