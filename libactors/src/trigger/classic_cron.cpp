// Section 12: the Unix crontab's rules, with the extensions of Quartz-like tools.
#include "trigger/classic_cron.hpp"

#include "carillon/base/utf8.hpp"
#include "trigger/cron_field.hpp"
#include "trigger/kinds.hpp"
#include "trigger/local_fire_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace carillon {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> macros{{{"@yearly", "0 0 1 1 *"},
                                                                               {"@annually", "0 0 1 1 *"},
                                                                               {"@monthly", "0 0 1 * *"},
                                                                               {"@weekly", "0 0 * * 0"},
                                                                               {"@daily", "0 0 * * *"},
                                                                               {"@midnight", "0 0 * * *"},
                                                                               {"@hourly", "0 * * * *"}}};

/// What the macro that stands at the front means.
result<std::string_view> expand_macro(const std::vector<cron_member>& members) {
  const auto [name, column] = members.front();
  if (members.size() > 1)
    return text_cursor::fault_at(members[1].column, fmt::format("nothing may follow {}", name.substr(0, 20)));
  for (const auto& [macro, text] : macros)
    if (name == macro)
      return text;
  if (name == "@reboot")
    return text_cursor::fault_at(column, "@reboot names no time: only the crontab reader knows it");
  return text_cursor::fault_at(
      column,
      fmt::format("{} is unknown: expected @yearly, @monthly, @weekly, @daily or @hourly", quote(name.substr(0, 20))));
}

bool begins_with_star(std::string_view text) { return text.starts_with('*'); }
bool is_open(std::string_view day_field) { return begins_with_star(day_field) || day_field.starts_with('?'); }

/// The seven members, `second` and `year` being filled in where they are left out.
result<std::array<cron_member, 7>> members_of(std::string_view expression) {
  auto given = split_cron_members(expression);
  if (!given.empty() && given.front().text.starts_with('@')) {
    const auto expanded = expand_macro(given);
    if (!expanded)
      return expanded.err();
    given = split_cron_members(*expanded);
  }
  if (given.size() < 5 || given.size() > 7) {
    const auto column = given.size() > 7 ? given[7].column : expression.size() + 1;
    return text_cursor::fault_at(
        column, fmt::format("expected 5 members (minute, hour, day, month, weekday), 6 with the second "
                            "first, or 7 with the year last, not {}",
                            given.size()));
  }
  std::array<cron_member, 7> members{};
  members.front() = {"0", 1};
  members.back() = {"*", 1};
  std::copy(given.begin(), given.end(), members.begin() + (given.size() == 5 ? 1 : 0));
  return members;
}

} // namespace

result<classic_expression> parse_classic_cron(std::string_view expression) {
  if (expression.size() > max_cron_text_size)
    return {ec::limit_exceeded,
            fmt::format("the expression has {} bytes, more than {}", expression.size(), max_cron_text_size)};
  const auto members = members_of(expression);
  if (!members)
    return members.err();
  constexpr std::array order{cron_field::second, cron_field::minute,      cron_field::hour, cron_field::day,
                             cron_field::month,  cron_field::day_of_week, cron_field::year};
  std::array<parsed_field, order.size()> parsed;
  for (std::size_t i = 0; i < order.size(); ++i) {
    auto field = parse_cron_field(order[i], cron_dialect::classic, (*members)[i].text, (*members)[i].column);
    if (!field)
      return field.err();
    parsed[i] = *std::move(field);
  }
  const auto& [second, minute, hour, day, month, weekday, year] = *members;
  classic_expression result;
  auto& fields = result.fields;
  fields.seconds = parsed[0].values;
  fields.minutes = parsed[1].values;
  fields.hours = static_cast<std::uint32_t>(parsed[2].values);
  fields.day = parsed[3].pattern(order[3]);
  fields.months = static_cast<std::uint32_t>(parsed[4].values);
  fields.weekday = parsed[5].pattern(order[5]);
  fields.years = std::move(parsed[6].years);
  fields.weeks = every_week;
  fields.either_day = !is_open(day.text) && !is_open(weekday.text);
  if (!begins_with_star(minute.text) && !begins_with_star(hour.text))
    result.dst = {gap_policy::after, overlap_pass::first};
  return result;
}

compiled_rule compile(const classic_cron_definition& definition) {
  if (const auto checked = check_instant("start_time", definition.start_time); !checked)
    return checked.err();
  const auto expression = parse_classic_cron(definition.expression);
  if (!expression)
    return expression.err().within("expression");
  if (const auto checked = check_dst(definition.dst); !checked)
    return checked.err();
  const auto where = zone::find(definition.timezone);
  if (!where)
    return where.err().within("timezone");
  return std::unique_ptr<const fire_rule>{std::make_unique<local_fire_rule>(
      local_fire_plan{local_rule{expression->fields}, *where, definition.dst.value_or(expression->dst),
                      definition.start_time, definition.end_time})};
}

} // namespace carillon
