#include "import/systemd_timers.hpp"

#include "carillon/base/utf8.hpp"
#include "import/helper_program.hpp"

#include "carillon/model/built_in.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace carillon::app {
namespace {

std::vector<std::string> split(std::string_view text, char mark) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(mark);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos)
      return parts;
    text.remove_prefix(at + 1);
  }
}

std::string without_zeros(std::string text) {
  text.erase(0, std::min(text.find_first_not_of('0'), text.empty() ? 0 : text.size() - 1));
  return text;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

error bad_part(std::string_view text) {
  return {ec::unsupported, fmt::format("{} can't be said by a cron trigger", quote(text))};
}

// `*`, `6`, `00/15`, `1..7`, `1..7/2` and lists of them; `last` is the greatest value that the field can have.
result<std::string> convert_field(std::string_view text, int last) {
  std::string converted;
  for (const auto& part : split(text, ',')) {
    const auto step = part.find('/');
    const auto range = part.substr(0, step);
    const auto dots = range.find("..");
    const auto from = without_zeros(range.substr(0, dots));
    const auto to = dots == std::string::npos ? std::string{} : without_zeros(range.substr(dots + 2));
    const auto every = step == std::string::npos ? std::string{} : without_zeros(part.substr(step + 1));
    if ((from != "*" && !is_number(from)) || (!to.empty() && !is_number(to)) || (!every.empty() && !is_number(every)))
      return bad_part(part);
    converted += converted.empty() ? "" : ",";
    if (from == "*")
      converted += "*";
    else if (!to.empty() || !every.empty())
      converted += fmt::format("{}-{}", from, to.empty() ? std::to_string(last) : to);
    else
      converted += from;
    if (!every.empty())
      converted += "/" + every;
  }
  return converted;
}

result<std::string> convert_days(const std::string& text) {
  constexpr int last_day = 31;
  if (text == "~01" || text == "~1")
    return std::string{"last"};
  return convert_field(text, last_day);
}

// `Mon..Fri,Sun` to `mon-fri,sun`.
std::string convert_weekdays(std::string text) {
  for (auto at = text.find(".."); at != std::string::npos; at = text.find(".."))
    text.replace(at, 2, "-");
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

result<void> put_date(const std::string& text, value::map& fields) {
  constexpr int last_year = 9999, last_month = 12;
  auto parts = split(text, '-');
  if (const auto tilde = parts.back().find('~'); tilde != std::string::npos && parts.size() == 2) { // *-*~01
    parts.push_back(parts.back().substr(tilde));
    parts[1].erase(tilde);
  }
  if (parts.size() != 3)
    return bad_part(text);
  const auto year = convert_field(parts[0], last_year);
  const auto month = convert_field(parts[1], last_month);
  const auto day = convert_days(parts[2]);
  for (const auto& [name, converted] : {std::pair{"year", &year}, {"month", &month}, {"day", &day}}) {
    if (!*converted)
      return converted->err();
    fields[name] = **converted;
  }
  return {};
}

result<void> put_time(const std::string& text, value::map& fields) {
  constexpr int last_hour = 23, last_minute = 59;
  const auto parts = split(text, ':');
  if (parts.size() != 3)
    return bad_part(text);
  const auto hour = convert_field(parts[0], last_hour);
  const auto minute = convert_field(parts[1], last_minute);
  const auto second = convert_field(parts[2], last_minute);
  for (const auto& [name, converted] : {std::pair{"hour", &hour}, {"minute", &minute}, {"second", &second}}) {
    if (!*converted)
      return converted->err();
    fields[name] = **converted;
  }
  return {};
}

// `1h 30min`, as systemd prints lengths of time.
result<duration> parse_span(std::string text) {
  for (auto at = text.find("min"); at != std::string::npos; at = text.find("min"))
    text.replace(at, 3, "m");
  std::erase(text, ' ');
  return text == "0" ? duration{0} : parse_duration(text);
}

// `Thu 2026-11-26 06:00:00 UTC`; nothing: it is of another zone, or no time.
std::optional<timestamp> parse_elapse(std::string_view text) {
  constexpr std::string_view utc = " UTC";
  constexpr std::size_t weekday_size = 4;
  if (!text.ends_with(utc) || text.size() < weekday_size + utc.size())
    return std::nullopt;
  text.remove_suffix(utc.size());
  text.remove_prefix(weekday_size);
  const auto parsed = parse_iso8601(std::string{text} + "Z");
  return parsed ? std::optional{*parsed} : std::nullopt;
}

// What stands between `{ NAME=` and ` ; next_elapse=`.
struct specification {
  std::string name;
  std::string content;
};
std::optional<specification> parse_specification(std::string_view text) {
  constexpr std::string_view begin = "{ ", end = " ; next_elapse=";
  const auto last = text.find(end);
  if (!text.starts_with(begin) || last == std::string_view::npos)
    return std::nullopt;
  const auto inside = text.substr(begin.size(), last - begin.size());
  const auto equals = inside.find('=');
  if (equals == std::string_view::npos)
    return std::nullopt;
  return specification{std::string{inside.substr(0, equals)}, std::string{inside.substr(equals + 1)}};
}

using next_times = std::function<std::vector<timestamp>(const std::string& calendar)>;

class timer_reader {
public:
  timer_reader(const std::string& zone, const next_times& ask_next) : zone_(zone), ask_next_(ask_next) {}

  void read_line(const std::string& line) {
    if (line.empty())
      return end_timer();
    const auto equals = line.find('=');
    const auto name = line.substr(0, equals);
    const auto content = equals == std::string::npos ? std::string{} : line.substr(equals + 1);
    if (name == "TimersCalendar" || name == "TimersMonotonic") {
      if (const auto found = parse_specification(content))
        specifications_.push_back(*found);
    } else {
      properties_[name] = content;
    }
  }

  [[nodiscard]] import_plan finish() && {
    end_timer();
    return std::move(plan_);
  }

private:
  void end_timer() {
    const auto id = std::exchange(properties_, {});
    const auto found = std::exchange(specifications_, {});
    const auto property = [&](const char* name) {
      const auto at = id.find(name);
      return at != id.end() ? at->second : std::string{};
    };
    const auto name = property("Id");
    if (name.empty())
      return;
    imported_schedule one;
    one.from = name;
    const auto trigger = make_trigger(found, one.notes);
    if (!trigger) {
      plan_.faults.push_back(fmt::format("{}: {}", name, trigger.err().text()));
      return;
    }
    const auto unit = property("Unit");
    value::map body{
        {"id", ids_.choose(name.substr(0, name.rfind('.')))},
        {"task", command_task},
        {"trigger", *trigger},
        {"arguments", value::map{{"argv", value::list{"systemctl", "start", unit}}}},
        {"metadata",
         value::map{{"imported", value::map{{"from", "systemd"}, {"name", name}, {"text", property("Description")}}}}},
        {"paused", property("ActiveState") != "active"},
    };
    // One that isn't persistent makes up for nothing that it has missed.
    if (property("Persistent") != "yes")
      body["misfire_grace_time"] = std::int64_t{60};
    if (const auto jitter = parse_span(property("RandomizedDelayUSec")); jitter && *jitter > duration{0})
      body["max_jitter"] = to_text(*jitter);
    if (found.size() == 1 && found[0].name == "OnCalendar")
      one.before = ask_next_(found[0].content);
    if (const auto next = parse_elapse(property("NextElapseUSecRealtime")); next && one.before.empty())
      one.before.push_back(*next);
    one.notes.push_back(fmt::format("`systemctl disable --now {}`, when this takes its place", name));
    one.body = std::move(body);
    plan_.schedules.push_back(std::move(one));
  }

  result<value> make_trigger(const std::vector<specification>& all, std::vector<std::string>& notes) const {
    value::list triggers;
    std::string left_out;
    for (const auto& each : all) {
      if (each.name == "OnCalendar") {
        auto calendar = parse_calendar(each.content, zone_);
        if (!calendar)
          return calendar.err().within("OnCalendar=" + each.content);
        triggers.push_back(*std::move(calendar));
      } else if (each.name == "OnUnitActiveUSec" || each.name == "OnUnitInactiveUSec") {
        const auto length = parse_span(each.content);
        if (!length)
          return length.err().within(each.name);
        triggers.push_back(value::map{{"type", "interval"}, {"microseconds", length->count()}});
        notes.push_back(
            fmt::format("every {}, counted from the import and not from the unit's runs", to_text(*length)));
      } else {
        left_out += (left_out.empty() ? "" : ", ") + each.name;
      }
    }
    if (triggers.empty())
      return {ec::unsupported,
              fmt::format("it fires by {} only, which no schedule does", left_out.empty() ? "nothing" : left_out)};
    if (!left_out.empty())
      notes.push_back(fmt::format("without its {}", left_out));
    return triggers.size() == 1 ? triggers.front()
                                : value{value::map{{"type", "or"}, {"triggers", std::move(triggers)}}};
  }

  const std::string& zone_;
  const next_times& ask_next_;
  import_plan plan_;
  id_chooser ids_;
  std::map<std::string, std::string> properties_;
  std::vector<specification> specifications_;
};

} // namespace

result<value> parse_calendar(std::string_view text, const std::string& zone) {
  auto words = split(text, ' ');
  value::map trigger{{"type", "cron"}, {"timezone", zone}};
  value::map fields;
  if (!words.empty() && words[0].find_first_of("0123456789*") == std::string::npos) {
    fields["day_of_week"] = convert_weekdays(words[0]);
    words.erase(words.begin());
  }
  if (words.size() == 3) {
    trigger["timezone"] = words[2];
    words.pop_back();
  }
  if (words.size() != 2)
    return bad_part(text);
  if (auto put = put_date(words[0], fields); !put)
    return put.err();
  if (auto put = put_time(words[1], fields); !put)
    return put.err();
  trigger["fields"] = std::move(fields);
  return value{std::move(trigger)};
}

import_plan parse_systemd_timers(const std::string& shown, const std::string& zone, const next_times& ask_next) {
  timer_reader timers{zone, ask_next};
  std::istringstream in{shown};
  for (std::string line; std::getline(in, line);)
    timers.read_line(line);
  return std::move(timers).finish();
}

std::vector<timestamp> parse_elapses(const std::string& said) {
  // Each time is said in the machine's zone, and then, if that is another one, in UTC.
  std::vector<timestamp> all;
  std::istringstream in{said};
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos)
      continue;
    const auto name = line.substr(line.find_first_not_of(' '), colon - line.find_first_not_of(' '));
    if (name == "(in UTC)" || name == "Next elapse" || name.starts_with("Iter"))
      if (const auto when = parse_elapse(line.substr(colon + 2)))
        all.push_back(*when);
  }
  return all;
}

result<import_plan> read_systemd_timers(const std::string& zone) {
  auto shown =
      ask_program({"systemctl", "show", "*.timer", "--property",
                   "Id,Unit,Description,TimersCalendar,TimersMonotonic,Persistent,RandomizedDelayUSec,ActiveState,"
                   "NextElapseUSecRealtime"});
  if (!shown)
    return shown.err();
  return parse_systemd_timers(*shown, zone, [](const std::string& calendar) {
    const auto said =
        ask_program({"systemd-analyze", "calendar", fmt::format("--iterations={}", shown_fire_times), calendar});
    return said ? parse_elapses(*said) : std::vector<timestamp>{};
  });
}

} // namespace carillon::app
