#include "codec/trigger_json.hpp"

#include "base/written_instant.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/trigger/crontab.hpp"
#include "carillon/trigger/trigger.hpp"
#include "codec/exact_json.hpp"
#include "codec/exact_sum.hpp"
#include "codec/json_object.hpp"
#include "codec/trigger_words.hpp"
#include "trigger/classic_cron.hpp"
#include "trigger/cron.hpp"
#include "trigger/cron_field.hpp"
#include "trigger/zone.hpp"

#include <fmt/format.h>

#include <array>

namespace carillon::codec {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

error missing(std::string_view name) { return {ec::invalid_argument, fmt::format("{}: it is missing", name)}; }

/// Rule 1.5: without an offset it is a local time of `zone_name`.
result<timestamp> parse_instant(const std::string& text, const std::string& zone_name) {
  const auto written = parse_date_time(text);
  if (!written)
    return written.err();
  if (written->offset)
    return written_instant(timestamp{written->local - *written->offset});
  const auto where = zone::find(zone_name);
  if (!where)
    return where.err();
  const auto second = std::chrono::floor<std::chrono::seconds>(written->local);
  const auto meaning = (*where)->meaning_of(second.count());
  if (meaning.count == 0)
    return error{ec::invalid_argument,
                 fmt::format("{} doesn't exist in {}: the clocks were set forward", text, zone_name)};
  return written_instant(timestamp{std::chrono::seconds{meaning.first} + (written->local - second)});
}

/// Turns the JSON of one trigger into its definition: a method for each type.
class trigger_reader {
public:
  explicit trigger_reader(const trigger_defaults& defaults) : defaults_(defaults) {}

  result<trigger_definition> read(const json& source, std::size_t depth);

private:
  /// start_time and end_time, in that zone.
  struct bounds {
    timestamp start_time{};
    std::optional<timestamp> end_time;
  };
  [[nodiscard]] result<bounds> read_bounds(const json_object& from, const std::string& zone_name) const;
  [[nodiscard]] result<std::string> read_zone(const json_object& from) const;
  static result<std::optional<dst_policy>> read_dst(const json_object& from, dst_policy defaults);
  [[nodiscard]] result<local_date> read_start_date(const json_object& from, const std::string& zone_name) const;
  template <class Definition>
  result<trigger_definition> with_local_bounds(const json_object& from, Definition definition,
                                               dst_policy defaults) const;
  result<std::vector<trigger_definition>> read_parts(const json_object& from, std::size_t depth);

  result<trigger_definition> read_date(const json& source);
  result<trigger_definition> read_interval(const json& source);
  result<trigger_definition> read_calendar_interval(const json& source);
  result<trigger_definition> read_cron(const json& source);
  result<trigger_definition> read_crontab(const json& source);
  result<trigger_definition> read_classic_cron(const json& source);
  result<trigger_definition> read_all_of(const json& source, std::size_t depth);
  result<trigger_definition> read_any_of(const json& source, std::size_t depth);
  static result<trigger_definition> read_custom(const json& source);

  const trigger_defaults& defaults_;
  std::size_t count_ = 0;
};

result<trigger_definition> trigger_reader::read(const json& source, std::size_t depth) {
  // Checked here too, and not only by trigger::make: what is refused needn't be read to its end.
  if (depth > max_trigger_depth)
    return {ec::limit_exceeded, fmt::format("nested more than {} deep", max_trigger_depth)};
  if (++count_ > max_trigger_parts)
    return {ec::limit_exceeded, fmt::format("more than {} parts", max_trigger_parts)};
  if (!source.is_object())
    return {ec::invalid_argument, "a trigger is an object with a type"};
  const auto found = source.find("type");
  if (found == source.end())
    return missing("type");
  if (!found->is_string())
    return {ec::invalid_argument, "type: expected text"};
  const auto& type = found->get_ref<const std::string&>();
  if (type == "date")
    return read_date(source);
  if (type == "interval")
    return read_interval(source);
  if (type == "calendar_interval")
    return read_calendar_interval(source);
  if (type == "cron")
    return read_cron(source);
  if (type == "crontab")
    return read_crontab(source);
  if (type == "classic_cron")
    return read_classic_cron(source);
  if (type == "and")
    return read_all_of(source, depth);
  if (type == "or")
    return read_any_of(source, depth);
  if (type == "custom")
    return read_custom(source);
  return {ec::invalid_argument, fmt::format("type: {} is unknown: expected date, interval, calendar_interval, cron, "
                                            "crontab, classic_cron, and, or, custom",
                                            quote(first_bytes(type, 60)))};
}

result<trigger_reader::bounds> trigger_reader::read_bounds(const json_object& from,
                                                           const std::string& zone_name) const {
  const auto start = read_instant(from, "start_time", zone_name);
  if (!start)
    return start.err();
  const auto end = read_instant(from, "end_time", zone_name);
  if (!end)
    return end.err();
  return bounds{start->value_or(defaults_.now), *end};
}

result<std::string> trigger_reader::read_zone(const json_object& from) const {
  const auto name = from.text("timezone");
  if (!name)
    return name.err();
  auto chosen = name->value_or(defaults_.local_zone);
  if (const auto known = zone::find(chosen); !known)
    return known.err().within("timezone");
  return chosen;
}

result<std::optional<dst_policy>> trigger_reader::read_dst(const json_object& from, dst_policy defaults) {
  const auto* source = from.find("dst");
  if (source == nullptr)
    return std::optional<dst_policy>{};
  const auto object = json_object::open(*source, {"gap", "overlap"});
  if (!object)
    return object.err().within("dst");
  const auto gap = object->text("gap");
  const auto overlap = object->text("overlap");
  if (!gap || !overlap)
    return (gap ? overlap.err() : gap.err()).within("dst");
  if (*gap) {
    const auto known = parse_gap_policy(**gap);
    if (!known)
      return error{ec::invalid_argument, "dst: gap: expected skip, before, after or shift"};
    defaults.gap = *known;
  }
  if (*overlap) {
    const auto known = parse_overlap_pass(**overlap);
    if (!known)
      return error{ec::invalid_argument, "dst: overlap: expected first, last or both"};
    defaults.overlap = *known;
  }
  return std::optional{defaults};
}

result<trigger_definition> trigger_reader::read_date(const json& source) {
  const auto from = json_object::open(source, {"type", "run_time"});
  if (!from)
    return from.err();
  const auto run_time = read_instant(*from, "run_time", defaults_.local_zone);
  if (!run_time)
    return run_time.err();
  if (!*run_time)
    return missing("run_time");
  return trigger_definition{date_definition{**run_time}};
}

result<trigger_definition> trigger_reader::read_interval(const json& source) {
  constexpr std::array<std::pair<std::string_view, duration>, 6> units{
      {{"weeks", 168h}, {"days", 24h}, {"hours", 1h}, {"minutes", 1min}, {"seconds", 1s}, {"microseconds", 1us}}};
  const auto from = json_object::open(
      source, {"type", "weeks", "days", "hours", "minutes", "seconds", "microseconds", "start_time", "end_time"});
  if (!from)
    return from.err();
  exact_sum sum;
  for (const auto& [name, unit] : units) {
    const auto* part = from->find(name);
    if (part == nullptr)
      continue;
    const auto text = number_text(*part);
    if (text.empty())
      return {ec::invalid_argument, fmt::format("{}: expected a number", name)};
    if (const auto added = sum.add(text, unit); !added)
      return added.err().within(name);
  }
  const auto interval = sum.rounded();
  if (!interval)
    return interval.err().within("the interval");
  const auto limits = read_bounds(*from, defaults_.local_zone);
  if (!limits)
    return limits.err();
  return trigger_definition{interval_definition{*interval, limits->start_time, limits->end_time}};
}

result<local_date> trigger_reader::read_start_date(const json_object& from, const std::string& zone_name) const {
  const auto text = from.text("start_date");
  if (!text)
    return text.err();
  if (*text) {
    const auto date = parse_local_date(**text);
    return date ? date : date.err().within("start_date");
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(defaults_.now.time_since_epoch());
  const auto where = zone::find(zone_name); // known: read_zone has asked
  const std::chrono::seconds local = now + std::chrono::seconds{(*where)->segment_at(now.count()).offset};
  return to_local_date(std::chrono::floor<std::chrono::days>(local).count());
}

result<trigger_definition> trigger_reader::read_calendar_interval(const json& source) {
  const auto from = json_object::open(source, {"type", "years", "months", "weeks", "days", "hour", "minute", "second",
                                               "day_of_week", "start_date", "end_date", "timezone", "dst"});
  if (!from)
    return from.err();
  calendar_interval_definition definition;
  for (const auto& [name, target] : {std::pair{"years", &definition.years}, std::pair{"months", &definition.months},
                                     std::pair{"weeks", &definition.weeks}, std::pair{"days", &definition.days}}) {
    const auto number = from->whole_number(name);
    if (!number)
      return number.err();
    *target = static_cast<std::uint32_t>(number->value_or(0));
  }
  for (const auto& [name, target, max] :
       {std::tuple{"hour", &definition.hour, 23u}, std::tuple{"minute", &definition.minute, 59u},
        std::tuple{"second", &definition.second, 59u}}) {
    const auto number = from->whole_number(name, max);
    if (!number)
      return number.err();
    *target = static_cast<std::uint8_t>(number->value_or(0));
  }
  const auto weekday = from->text("day_of_week");
  if (!weekday)
    return weekday.err();
  if (*weekday) {
    definition.day_of_week = parse_weekday(**weekday);
    if (!definition.day_of_week)
      return {ec::invalid_argument, "day_of_week: expected a weekday such as mon"};
  }
  auto zone_name = read_zone(*from);
  if (!zone_name)
    return zone_name.err();
  definition.timezone = *std::move(zone_name);
  const auto start_date = read_start_date(*from, definition.timezone);
  if (!start_date)
    return start_date.err();
  definition.start_date = *start_date;
  const auto end_date = from->text("end_date");
  if (!end_date)
    return end_date.err();
  if (*end_date) {
    const auto date = parse_local_date(**end_date);
    if (!date)
      return date.err().within("end_date");
    definition.end_date = *date;
  }
  const auto dst = read_dst(*from, calendar_interval_dst);
  if (!dst)
    return dst.err();
  definition.dst = *dst;
  return trigger_definition{std::move(definition)};
}

/// Adds what both kinds of cron trigger have besides their fields.
template <class Definition>
result<trigger_definition> trigger_reader::with_local_bounds(const json_object& from, Definition definition,
                                                             dst_policy defaults) const {
  auto zone_name = read_zone(from);
  if (!zone_name)
    return zone_name.err();
  const auto limits = read_bounds(from, *zone_name);
  if (!limits)
    return limits.err();
  const auto dst = read_dst(from, defaults);
  if (!dst)
    return dst.err();
  definition.timezone = *std::move(zone_name);
  definition.start_time = limits->start_time;
  definition.end_time = limits->end_time;
  definition.dst = *dst;
  return trigger_definition{std::move(definition)};
}

result<trigger_definition> trigger_reader::read_cron(const json& source) {
  const auto from = json_object::open(source, {"type", "fields", "start_time", "end_time", "timezone", "dst"});
  if (!from)
    return from.err();
  cron_definition definition;
  if (const auto* fields = from->find("fields")) {
    const auto object =
        json_object::open(*fields, {"year", "month", "day", "week", "day_of_week", "hour", "minute", "second"});
    if (!object)
      return object.err().within("fields");
    for (const auto field : all_cron_fields) {
      const auto* given = object->find(to_string(field));
      if (given == nullptr)
        continue;
      if (!given->is_string() && !given->is_number_integer())
        return {ec::invalid_argument, fmt::format("fields: {}: expected a whole number or text", to_string(field))};
      definition.*member_of(field) = given->is_string() ? given->get<std::string>() : given->dump();
    }
  }
  return with_local_bounds(*from, std::move(definition), cron_dst);
}

result<trigger_definition> trigger_reader::read_crontab(const json& source) {
  const auto from = json_object::open(source, {"type", "expression", "start_time", "end_time", "timezone", "dst"});
  if (!from)
    return from.err();
  const auto expression = from->required_text("expression");
  if (!expression)
    return expression.err();
  auto definition = parse_crontab_fields(*expression);
  if (!definition)
    return definition.err().within("expression");
  return with_local_bounds(*from, *std::move(definition), cron_dst);
}

result<trigger_definition> trigger_reader::read_classic_cron(const json& source) {
  const auto from = json_object::open(source, {"type", "expression", "start_time", "end_time", "timezone", "dst"});
  if (!from)
    return from.err();
  auto expression = from->required_text("expression");
  if (!expression)
    return expression.err();
  const auto parsed = parse_classic_cron(*expression);
  if (!parsed)
    return parsed.err().within("expression");
  classic_cron_definition definition;
  definition.expression = *std::move(expression);
  return with_local_bounds(*from, std::move(definition), parsed->dst);
}

result<std::vector<trigger_definition>> trigger_reader::read_parts(const json_object& from, std::size_t depth) {
  const auto* list = from.find("triggers");
  if (list == nullptr)
    return missing("triggers");
  if (!list->is_array())
    return error{ec::invalid_argument, "triggers: expected a list"};
  std::vector<trigger_definition> parts;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto part = read((*list)[i], depth + 1);
    if (!part)
      return part.err().within(fmt::format("triggers[{}]", i));
    parts.push_back(*std::move(part));
  }
  return parts;
}

result<trigger_definition> trigger_reader::read_all_of(const json& source, std::size_t depth) {
  const auto from = json_object::open(source, {"type", "triggers", "threshold", "max_iterations"});
  if (!from)
    return from.err();
  all_of_definition definition;
  if (const auto* threshold = from->find("threshold")) {
    const auto text = number_text(*threshold);
    if (text.empty())
      return {ec::invalid_argument, "threshold: expected a number of seconds"};
    exact_sum seconds;
    if (const auto added = seconds.add(text, 1s); !added)
      return added.err().within("threshold");
    const auto rounded = seconds.rounded();
    if (!rounded)
      return rounded.err().within("threshold");
    definition.threshold = *rounded;
  }
  const auto max_iterations = from->whole_number("max_iterations");
  if (!max_iterations)
    return max_iterations.err();
  definition.max_iterations = static_cast<std::uint32_t>(max_iterations->value_or(definition.max_iterations));
  auto parts = read_parts(*from, depth);
  if (!parts)
    return parts.err();
  definition.triggers = *std::move(parts);
  return trigger_definition{std::move(definition)};
}

result<trigger_definition> trigger_reader::read_any_of(const json& source, std::size_t depth) {
  const auto from = json_object::open(source, {"type", "triggers"});
  if (!from)
    return from.err();
  auto parts = read_parts(*from, depth);
  if (!parts)
    return parts.err();
  return trigger_definition{any_of_definition{*std::move(parts)}};
}

result<trigger_definition> trigger_reader::read_custom(const json& source) {
  const auto from = json_object::open(source, {"type", "kind", "parameters"});
  if (!from)
    return from.err();
  auto kind = from->required_text("kind");
  if (!kind)
    return kind.err();
  custom_definition definition{*std::move(kind), {}};
  if (const auto* given = from->find("parameters")) {
    // Through a plain JSON value, so that equal parameters are equal texts.
    const auto parameters = json::parse(dump_exact_json(*given), nullptr, false);
    if (parameters.is_discarded())
      return {ec::invalid_argument, "parameters: a number is out of range"};
    definition.parameters = parameters.dump();
  }
  return trigger_definition{std::move(definition)};
}

} // namespace

result<std::optional<timestamp>> read_instant(const json_object& from, std::string_view name,
                                              const std::string& zone_name) {
  const auto text = from.text(name);
  if (!text)
    return text.err();
  if (!*text)
    return std::optional<timestamp>{};
  const auto when = parse_instant(**text, zone_name);
  if (!when)
    return when.err().within(name);
  return std::optional{*when};
}

result<trigger_definition> trigger_from_json(const json& source, const trigger_defaults& defaults) {
  return trigger_reader{defaults}.read(source, 1);
}

result<trigger_definition> parse_trigger_json(std::string_view text, const trigger_defaults& defaults) {
  const auto source = parse_exact_json(text);
  if (!source)
    return source.err();
  return trigger_from_json(*source, defaults);
}

} // namespace carillon::codec
