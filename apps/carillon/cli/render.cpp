#include "cli/render.hpp"

#include "carillon/base/time.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace carillon::app {
namespace {

std::string text_of(const value& document, const char* key) {
  const auto* found = document.find(key);
  if (found == nullptr || found->is_null())
    return {};
  const auto* text = found->get_if<std::string>();
  return text != nullptr ? *text : to_json_text(*found);
}

std::string time_of(const value& document, const char* key) { return local_time(text_of(document, key)); }

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

bool is_true(const value& document, const char* key) {
  const auto* found = document.find(key);
  return found != nullptr && *found == value{true};
}

colour colour_of_outcome(const std::string& name) {
  if (name == "success")
    return colour::green;
  if (name.empty() || name == "pending")
    return colour::none;
  return name == "running" || name == "cancelled" ? colour::yellow : colour::red;
}

// What a word of a shell line needs so that the shell takes it as it is.
std::string quoted(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos)
    return word;
  std::string out = "'";
  for (const char letter : word)
    out += letter == '\'' ? std::string{"'\\''"} : std::string{letter};
  return out + "'";
}

std::string shortened(std::string text, std::size_t longest) {
  if (text.size() <= longest)
    return text;
  return std::string{first_bytes(text, longest)} + "...";
}

constexpr std::size_t longest_summary = 60;

// How long something took, from two instants of a document.
std::string length_between(const value& document, const char* from, const char* to) {
  const auto begin = parse_iso8601(text_of(document, from));
  const auto end = parse_iso8601(text_of(document, to));
  if (!begin || !end)
    return {};
  constexpr double micro = 1e6;
  return fmt::format("{:.3f}s", static_cast<double>((*end - *begin).count()) / micro);
}

// An @reboot entry of a crontab has a trigger that says nothing to a person.
bool fires_at_boot(const value& schedule) {
  const auto* metadata = schedule.find("metadata");
  const auto* crontab = metadata != nullptr ? metadata->find("crontab") : nullptr;
  return crontab != nullptr && text_of(*crontab, "times") == "@reboot";
}

std::vector<cell> schedule_row(const value& item) {
  const bool paused = is_true(item, "paused");
  const bool at_boot = fires_at_boot(item);
  return {{text_of(item, "id"), colour::bold},
          {at_boot ? "@reboot" : shortened(summarise_trigger(*item.find("trigger")), longest_summary)},
          {at_boot ? "next boot" : or_dash(time_of(item, "next_fire_time"))},
          {or_dash(time_of(item, "last_fire_time"))},
          {paused ? "paused" : "active", paused ? colour::yellow : colour::green},
          {shortened(summarise_work(item), longest_summary)}};
}

std::vector<cell> job_row(const value& item) {
  auto state = text_of(item, "outcome");
  if (state.empty())
    state = text_of(item, "state");
  const auto planned = time_of(item, "scheduled_fire_time");
  return {{text_of(item, "id")},
          {state, colour_of_outcome(state)},
          {or_dash(text_of(item, "exit_code"))},
          {or_dash(text_of(item, "schedule_id"))},
          {planned.empty() ? time_of(item, "created_at") : planned},
          {or_dash(time_of(item, "started_at"))},
          {or_dash(length_between(item, "started_at", "finished_at"))},
          {shortened(summarise_work(item), longest_summary)}};
}

std::vector<cell> dead_letter_row(const value& item) {
  const auto outcome = text_of(item, "outcome");
  return {{text_of(item, "id")},
          {outcome, colour_of_outcome(outcome)},
          {or_dash(text_of(item, "exit_code"))},
          {or_dash(text_of(item, "schedule_id"))},
          {text_of(item, "failed_attempts")},
          {time_of(item, "finished_at")},
          {or_dash(shortened(text_of(item, "error"), longest_summary))},
          {shortened(summarise_work(item), longest_summary)}};
}

std::vector<cell> task_row(const value& item) {
  return {{text_of(item, "id"), colour::bold},
          {text_of(item, "runner")},
          {or_dash(text_of(item, "max_running_jobs"))},
          {or_dash(text_of(item, "misfire_grace_time"))},
          {or_dash(text_of(item, "time_limit"))}};
}

std::string joined(const value& document, const char* key) {
  std::string all;
  const auto* found = document.find(key);
  const auto* texts = found != nullptr ? found->get_if<value::list>() : nullptr;
  if (texts != nullptr)
    for (const auto& each : *texts)
      if (const auto* text = each.get_if<std::string>())
        all += (all.empty() ? "" : ", ") + *text;
  return all;
}

std::vector<cell> node_row(const value& item) {
  const bool is_here = text_of(item, "state") == "connected";
  const bool drains = is_true(item, "draining");
  auto state = is_here && drains ? std::string{} : text_of(item, "state");
  if (drains)
    state +=
        fmt::format("{}{}", state.empty() ? "" : ", ", text_of(item, "running_jobs") == "0" ? "drained" : "draining");
  const auto skew = text_of(item, "clock_skew");
  return {{text_of(item, "name"), colour::bold},
          {state, !is_here ? colour::red
                  : drains ? colour::yellow
                           : colour::green},
          {or_dash(joined(item, "roles"))},
          {or_dash(joined(item, "labels"))},
          {fmt::format("{}/{}", text_of(item, "running_jobs"), text_of(item, "slots"))},
          {text_of(item, "version")},
          {skew.empty() ? "-" : skew + " s"},
          {is_here ? text_of(item, "last_contact") + " s ago" : or_dash(time_of(item, "left_at"))}};
}

std::vector<cell> skip_row(const value& item) {
  return {{time_of(item, "first")},
          {time_of(item, "last")},
          {or_dash(text_of(item, "count"))},
          {text_of(item, "reason"), colour::yellow},
          {time_of(item, "decided_at")}};
}

std::vector<cell> definition_row(const value& item) {
  return {{text_of(item, "incarnation")},
          {shortened(summarise_trigger(*item.find("trigger")), longest_summary)},
          {or_dash(time_of(item, "trigger_since"))},
          {or_dash(time_of(item, "covered_to"))},
          {time_of(item, "replaced_at")},
          {shortened(summarise_work(item), longest_summary)}};
}

// `03:00:00 ... 05:00:00 (3)` of a range of fire times.
std::string range_of(const value& item) {
  auto text = time_of(item, "first");
  if (text_of(item, "first") == text_of(item, "last"))
    return text;
  text += " ... " + time_of(item, "last");
  const auto count = text_of(item, "count");
  return count.empty() ? text : fmt::format("{} ({})", text, count);
}

std::vector<cell> decision_row(const value& item) {
  auto what = text_of(item, "outcome");
  for (const auto* key : {"state", "reason"})
    if (what.empty())
      what = text_of(item, key);
  return {{range_of(item)},
          {what.empty() ? "nothing" : what, item.find("reason")->is_null() ? colour_of_outcome(what) : colour::yellow},
          {with_local_times(text_of(item, "text"))}};
}

std::vector<cell> planned_row(const value& item) {
  const auto deadline = time_of(item, "start_deadline");
  return {{time_of(item, "scheduled_fire_time")}, {time_of(item, "not_before")}, {or_dash(deadline)}};
}

std::vector<cell> dropped_row(const value& item) {
  return {{range_of(item)}, {text_of(item, "reason"), colour::yellow}};
}

std::vector<cell> history_row(const value& item) {
  const auto count = [&](const char* key) {
    const auto text = text_of(item, key);
    return cell{text, text == "0" ? colour::none : colour::red};
  };
  auto last = with_local_times(text_of(item, "first_fault"));
  if (last.empty())
    last = text_of(item, "note");
  return {{text_of(item, "id"), colour::bold},
          {text_of(item, "incarnation") + (is_true(item, "removed") ? " (removed)" : "")},
          {text_of(item, "eras")},
          {text_of(item, "fire_times")},
          {text_of(item, "jobs")},
          {text_of(item, "skips")},
          count("missing"),
          count("extra"),
          {or_dash(last)}};
}

std::string about(const value& event) {
  std::string subject;
  for (const auto* key : {"schedule_id", "task", "job_id", "executor"})
    if (const auto name = text_of(event, key); !name.empty() && (std::string_view{key} != "task" || subject.empty()))
      subject += (subject.empty() ? "" : " ") + name;
  return subject;
}

std::string details(const value& event) {
  std::string out;
  for (const auto* key : {"outcome", "reason", "text"})
    if (const auto text = text_of(event, key); !text.empty())
      out += (out.empty() ? "" : ": ") + text;
  if (const auto lost = text_of(event, "last_lost"); !lost.empty())
    out += fmt::format(" ({} to {} are lost)", text_of(event, "number"), lost);
  return out;
}

std::vector<cell> event_row(const value& item) {
  return {{text_of(item, "number"), colour::dim},
          {time_of(item, "at")},
          {text_of(item, "type"), colour::bold},
          {about(item)},
          {details(item), colour_of_outcome(text_of(item, "outcome"))}};
}

// Of a job that is tried again, which attempt spoke.
std::string attempt_of(const value& said) {
  const auto number = text_of(said, "attempt");
  return number == "1" ? std::string{} : fmt::format("[attempt {}] ", number);
}

// `42 %` of a progress: not 100 before it is all.
std::string per_cent_of(const value& progress) {
  const auto* fraction = progress.find("fraction");
  const auto* part = fraction != nullptr ? fraction->get_if<double>() : nullptr;
  const auto* whole = fraction != nullptr ? fraction->get_if<std::int64_t>() : nullptr;
  constexpr double hundred = 100;
  const double all = part != nullptr ? *part : whole != nullptr ? static_cast<double>(*whole) : 0;
  constexpr double rounding = 1e-6; // 0.29 is a little less
  return fmt::format("{:.0f} %", std::floor(hundred * all + rounding));
}

struct list_kind {
  std::string_view name;
  std::vector<std::string> headings;
  std::vector<cell> (*row)(const value& item);
};

const list_kind& kind_named(std::string_view name) {
  static const std::array<list_kind, 12> kinds{{
      {"schedules", {"ID", "WHEN", "NEXT", "LAST", "STATE", "RUNS"}, schedule_row},
      {"jobs", {"ID", "STATE", "EXIT", "SCHEDULE", "PLANNED", "STARTED", "TOOK", "RUNS"}, job_row},
      {"dead_letters", {"ID", "OUTCOME", "EXIT", "SCHEDULE", "FAILED", "ENDED", "ERROR", "RUNS"}, dead_letter_row},
      {"nodes", {"NAME", "STATE", "ROLES", "LABELS", "RUNNING", "VERSION", "CLOCK SKEW", "LAST CONTACT"}, node_row},
      {"tasks", {"ID", "RUNNER", "MAX RUNNING", "MISFIRE GRACE", "TIME LIMIT"}, task_row},
      {"skips", {"FIRST", "LAST", "COUNT", "REASON", "DECIDED"}, skip_row},
      {"definitions", {"INCARNATION", "WHEN", "SINCE", "DECIDED TO", "REPLACED", "RUNS"}, definition_row},
      {"decided", {"FIRE TIME", "WHAT", "WHY"}, decision_row},
      {"planned", {"FIRE TIME", "NOT BEFORE", "START DEADLINE"}, planned_row},
      {"dropped", {"FIRE TIMES", "WHY"}, dropped_row},
      {"history",
       {"SCHEDULE", "INCARNATION", "ERAS", "FIRE TIMES", "JOBS", "SKIPS", "MISSING", "EXTRA", "FIRST FAULT"},
       history_row},
      {"events", {"NUMBER", "TIME", "TYPE", "ABOUT", "DETAILS"}, event_row},
  }};
  return *std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.name == name; });
}

// A word of a command; of bytes that are no text, what tells them apart.
std::string word_of(const value& word) {
  const auto* raw = word.get_if<bytes>();
  const auto* text = word.get_if<std::string>();
  return raw != nullptr ? quote(raw->data) : text != nullptr ? quoted(*text) : to_json_text(word);
}

} // namespace

std::vector<std::string> headings_of(std::string_view kind) { return kind_named(kind).headings; }

std::vector<cell> row_of(std::string_view kind, const value& item) { return kind_named(kind).row(item); }

std::string render_fields(const value& document, bool colours) {
  std::string lines;
  std::string blocks;
  const auto* fields = document.get_if<value::map>();
  if (fields == nullptr)
    return to_json_text(document) + "\n";
  std::size_t width = 0;
  for (const auto& [key, ignored] : *fields)
    width = std::max(width, key.size());
  for (const auto& [key, content] : *fields) {
    if (content.is_null())
      continue;
    const auto* text = content.get_if<std::string>();
    const auto progress = key == "progress" ? per_cent_of(content) + "  " + text_of(content, "text") : std::string{};
    if (text != nullptr && text->find('\n') != std::string::npos)
      blocks += paint(key, colour::bold, colours) + ":\n" + *text + (text->ends_with('\n') ? "" : "\n");
    else
      lines += fmt::format("{}{:{}}{}\n", paint(key, colour::bold, colours), "", width + 2 - key.size(),
                           !progress.empty() ? printable(progress)
                           : text != nullptr ? printable(local_time(*text))
                                             : to_json_text(content));
  }
  return lines + blocks;
}

std::string render_event(const value& event, bool colours) {
  const auto outcome = text_of(event, "outcome");
  return fmt::format("{}  {:>8}  {}{:{}}  {}  {}\n", time_of(event, "at"), text_of(event, "number"),
                     paint(text_of(event, "type"), colour::bold, colours), "",
                     20 - std::min<std::size_t>(20, text_of(event, "type").size()), printable(about(event)),
                     paint(printable(details(event)), colour_of_outcome(outcome), colours));
}

std::string render_log_line(const value& line, bool colours) {
  const bool is_ours = text_of(line, "stream") == "carillon";
  return fmt::format("{}  {}{}\n", paint(time_of(line, "at"), colour::dim, colours), attempt_of(line),
                     paint(printable(text_of(line, "text")), is_ours ? colour::yellow : colour::none, colours));
}

std::string render_progress(const value& progress, bool colours) {
  const auto text = printable(text_of(progress, "text"));
  return fmt::format("{}  {}{}{}\n", paint(time_of(progress, "at"), colour::dim, colours), attempt_of(progress),
                     paint(per_cent_of(progress), colour::bold, colours), text.empty() ? "" : "  " + text);
}

std::string local_time(const std::string& instant) {
  const auto parsed = parse_iso8601(instant);
  if (!parsed)
    return instant;
  const auto whole = std::chrono::floor<std::chrono::seconds>(*parsed);
  const auto when = std::chrono::system_clock::to_time_t(whole);
  std::tm fields{};
  ::localtime_r(&when, &fields);
  constexpr long minute = 60;
  const auto offset = fields.tm_gmtoff / minute;
  const auto fraction = (*parsed - whole).count();
  constexpr int first_year = 1900;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}{}{}{:02}:{:02}", fields.tm_year + first_year,
                     fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min, fields.tm_sec,
                     fraction == 0 ? std::string{} : fmt::format(".{:03}", fraction / 1000), offset < 0 ? '-' : '+',
                     std::abs(offset) / minute, std::abs(offset) % minute);
}

std::string with_local_times(const std::string& sentence) {
  constexpr std::size_t size = sizeof "2026-01-01T00:00:00.000000Z" - 1;
  std::string told;
  for (std::size_t at = 0; at < sentence.size();) {
    const auto word = sentence.substr(at, size);
    const bool is_instant = word.size() == size && word[10] == 'T' && word.back() == 'Z' && parse_iso8601(word);
    told += is_instant ? local_time(word) : word.substr(0, 1);
    at += is_instant ? size : 1;
  }
  return told;
}

std::string summarise_trigger(const value& trigger) {
  const auto type = text_of(trigger, "type");
  const auto expression = text_of(trigger, "expression");
  const auto zone = text_of(trigger, "timezone");
  if (!expression.empty())
    return expression + (zone.empty() ? "" : " " + zone);
  if (type == "date")
    return "at " + time_of(trigger, "run_time");
  if (type == "interval") {
    constexpr std::array units{std::pair{"weeks", "w"},   std::pair{"days", "d"},    std::pair{"hours", "h"},
                               std::pair{"minutes", "m"}, std::pair{"seconds", "s"}, std::pair{"microseconds", "us"}};
    std::string length;
    for (const auto& [key, unit] : units)
      if (const auto count = text_of(trigger, key); !count.empty() && count != "0")
        length += count + unit;
    const auto exact = parse_duration(length);
    return "every " + (exact ? to_text(*exact) : length);
  }
  return to_json_text(trigger);
}

std::string summarise_work(const value& document) {
  auto task = text_of(document, "task");
  const auto* arguments = document.find("arguments");
  if (!is_built_in(task) || arguments == nullptr)
    return task;
  if (task == http_task) {
    const auto method = text_of(*arguments, "method");
    return fmt::format("{} {}", method.empty() ? "GET" : method, text_of(*arguments, "url"));
  }
  if (const auto* line = arguments->find("shell_line"))
    return line->get_if<bytes>() != nullptr ? word_of(*line) : text_of(*arguments, "shell_line");
  const auto* argv = arguments->find("argv");
  const auto* words = argv != nullptr ? argv->get_if<value::list>() : nullptr;
  if (words == nullptr)
    return task;
  std::string line;
  for (const auto& word : *words)
    line += (line.empty() ? "" : " ") + word_of(word);
  return line;
}

} // namespace carillon::app
