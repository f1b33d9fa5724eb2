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

} // namespace

result<local_fields> parse_cron_fields(const cron_definition& definition) {
  local_fields fields;
  bool is_below = true;
  for (auto field = all_cron_fields.rbegin(); field != all_cron_fields.rend(); ++field) {
    const auto& given = definition.*member_of(*field);
    is_below = is_below && !given;
    const auto text = given ? std::string_view{*given} : default_text(*field, is_below);
    if (const auto read = parse_cron_field(*field, cron_dialect::strict, text, fields); !read)
      return read.err();
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
  const auto& [members, count] = split_cron_members(expression);
  if (count != order.size()) {
    const auto column = count > order.size() ? members[order.size()].column : expression.size() + 1;
    return text_cursor::fault_at(column,
                                 fmt::format("expected 5 members (minute, hour, day, month, weekday), not {}", count));
  }
  local_fields read_for_faults; // here, where the position within the whole expression is known
  cron_definition definition;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto [text, column] = members[i];
    if (const auto read = parse_cron_field(order[i], cron_dialect::strict, text, read_for_faults, column); !read)
      return read.err();
    definition.*member_of(order[i]) = text;
  }
  return definition;
}

} // namespace carillon
