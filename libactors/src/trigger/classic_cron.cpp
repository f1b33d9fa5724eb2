// Section 12: the Unix crontab's rules, with the extensions of Quartz-like tools.
#include "trigger/classic_cron.hpp"

#include "carillon/base/utf8.hpp"
#include "trigger/cron_field.hpp"
#include "trigger/kinds.hpp"
#include "trigger/local_fire_rule.hpp"

#include <fmt/format.h>

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
result<std::string_view> expand_macro(const cron_members& members) {
  const auto [name, column] = members.first.front();
  if (members.count > 1)
    return text_cursor::fault_at(members.first[1].column, fmt::format("nothing may follow {}", name.substr(0, 20)));
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

result<void> check_count(const cron_members& members, std::size_t size) {
  if (members.count >= 5 && members.count <= 7)
    return {};
  return text_cursor::fault_at(members.count > 7 ? members.first[7].column : size + 1,
                               fmt::format("expected 5 members (minute, hour, day, month, weekday), 6 with the second "
                                           "first, or 7 with the year last, not {}",
                                           members.count));
}

} // namespace

result<classic_expression> parse_classic_cron(std::string_view expression) {
  if (expression.size() > max_cron_text_size)
    return {ec::limit_exceeded,
            fmt::format("the expression has {} bytes, more than {}", expression.size(), max_cron_text_size)};
  auto members = split_cron_members(expression);
  if (members.count > 0 && members.first.front().text.starts_with('@')) {
    const auto expanded = expand_macro(members);
    if (!expanded)
      return expanded.err();
    members = split_cron_members(*expanded);
  }
  if (const auto checked = check_count(members, expression.size()); !checked)
    return checked.err();
  constexpr std::array order{cron_field::second, cron_field::minute,      cron_field::hour, cron_field::day,
                             cron_field::month,  cron_field::day_of_week, cron_field::year};
  const std::size_t left_out = members.count == 5 ? 1 : 0; // at the front: the second, which is then 0
  classic_expression result;
  auto& fields = result.fields;
  fields.seconds = 1;
  fields.weeks = every_week;
  const auto member_at = [&](std::size_t at) -> const cron_member& { return members.first[at - left_out]; };
  for (auto at = left_out; at < left_out + members.count; ++at) {
    const auto& [text, column] = member_at(at);
    if (const auto read = parse_cron_field(order[at], cron_dialect::classic, text, fields, column); !read)
      return read.err();
  }
  fields.either_day = !is_open(member_at(3).text) && !is_open(member_at(5).text);
  if (!begins_with_star(member_at(1).text) && !begins_with_star(member_at(2).text))
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
