// Sections 5 and 6: eight fields, all of which must match.
#include "trigger/cron.hpp"
#include "carillon/trigger/crontab.hpp"
#include "trigger/cron_field.hpp"
#include "trigger/kinds.hpp"
#include "trigger/local_fire_rule.hpp"

#include <fmt/format.h>

namespace carillon {
namespace {

/// Rule 5.2 for a missing field; `is_below` tells that no less significant field was given.
std::string_view default_text(cron_field field, bool is_below) {
  if (!is_below)
    return "*";
  switch (field) {
    case cron_field::month:
    case cron_field::day: return "1";
    case cron_field::hour:
    case cron_field::minute:
    case cron_field::second: return "0";
    default: return "*";
  }
}

void set(local_fields& fields, cron_field field, parsed_field parsed) {
  switch (field) {
    case cron_field::year: fields.years = std::move(parsed.years); break;
    case cron_field::month: fields.months = static_cast<std::uint32_t>(parsed.values); break;
    case cron_field::day: fields.day = parsed.pattern(field); break;
    case cron_field::week: fields.weeks = parsed.values; break;
    case cron_field::day_of_week: fields.weekday = parsed.pattern(field); break;
    case cron_field::hour: fields.hours = static_cast<std::uint32_t>(parsed.values); break;
    case cron_field::minute: fields.minutes = parsed.values; break;
    case cron_field::second: fields.seconds = parsed.values; break;
  }
}

} // namespace

result<local_fields> parse_cron_fields(const cron_definition& definition) {
  local_fields fields;
  bool is_below = true;
  for (auto field = all_cron_fields.rbegin(); field != all_cron_fields.rend(); ++field) {
    const auto& given = definition.*member_of(*field);
    is_below = is_below && !given;
    auto parsed = parse_cron_field(*field, cron_dialect::strict,
                                   given ? std::string_view{*given} : default_text(*field, is_below));
    if (!parsed)
      return parsed.err();
    set(fields, *field, *std::move(parsed));
  }
  return fields;
}

compiled_rule compile(const cron_definition& definition) {
  if (const auto checked = check_instant("start_time", definition.start_time); !checked)
    return checked.err();
  const auto fields = parse_cron_fields(definition);
  if (!fields)
    return fields.err();
  if (const auto checked = check_dst(definition.dst); !checked)
    return checked.err();
  const auto where = zone::find(definition.timezone);
  if (!where)
    return where.err().within("timezone");
  const auto dst = definition.dst.value_or(cron_dst);
  return std::unique_ptr<const fire_rule>{std::make_unique<local_fire_rule>(
      local_fire_plan{local_rule{*fields}, *where, dst, definition.start_time, definition.end_time})};
}

result<cron_definition> parse_crontab_fields(std::string_view expression) {
  constexpr std::array order{cron_field::minute, cron_field::hour, cron_field::day, cron_field::month,
                             cron_field::day_of_week};
  if (expression.size() > max_cron_text_size)
    return {ec::limit_exceeded,
            fmt::format("the expression has {} bytes, more than {}", expression.size(), max_cron_text_size)};
  const auto members = split_cron_members(expression);
  if (members.size() != order.size()) {
    const auto column = members.size() > order.size() ? members[order.size()].column : expression.size() + 1;
    return text_cursor::fault_at(
        column, fmt::format("expected 5 members (minute, hour, day, month, weekday), not {}", members.size()));
  }
  for (std::size_t i = 0; i < order.size(); ++i) // for the position within the whole expression
    if (const auto parsed = parse_cron_field(order[i], cron_dialect::strict, members[i].text, members[i].column);
        !parsed)
      return parsed.err();
  cron_definition definition;
  definition.minute = members[0].text;
  definition.hour = members[1].text;
  definition.day = members[2].text;
  definition.month = members[3].text;
  definition.day_of_week = members[4].text;
  return definition;
}

} // namespace carillon
