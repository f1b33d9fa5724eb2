#include "import/export_file.hpp"

#include "api/configuration.hpp"
#include "api/requests.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>

namespace carillon::app {
namespace {

value::map without_key(const value& shown, std::initializer_list<const char*> names) {
  auto fields = *shown.get_if<value::map>();
  for (const auto* name : names)
    fields.erase(name);
  return fields;
}

// Of a line what can be used, or why it can't be.
struct export_reader {
  import_plan plan;
  std::vector<file_fault> faults;
  bool has_head = false;

  void read(std::size_t line, std::string_view text, const std::string& path) {
    const auto report = [&](std::string why) { faults.push_back({line, 1, std::move(why)}); };
    auto document = parse_json_text(text);
    if (!document)
      return report(document.err().text());
    if (!has_head) {
      const auto* version = document->find("carillon_export");
      if (version == nullptr)
        return report("this isn't a file that `carillon export` has written: its first line doesn't say so");
      if (*version != value{export_version}) // nothing of it is read
        return report(fmt::format("it is of version {}, and this program reads {}: use a newer one",
                                  to_json_text(*version), export_version));
      has_head = true;
      return;
    }
    if (const auto* task = document->find("task")) {
      const auto parsed = parse_configuration(value::map{{"tasks", value::list{*task}}}, {});
      if (!parsed)
        return report(parsed.err().text());
      plan.tasks.push_back(*task);
    } else if (const auto* schedule = document->find("schedule")) {
      if (const auto parsed = parse_schedule_request(*schedule, {}); !parsed)
        return report(parsed.err().text());
      imported_schedule one{fmt::format("{}:{}", path, line), *schedule, {}, {}};
      if (const auto* next = document->find("next_fire_time");
          next != nullptr && next->get_if<std::string>() != nullptr)
        if (const auto when = parse_iso8601(*next->get_if<std::string>()))
          one.before.push_back(*when);
      plan.schedules.push_back(std::move(one));
    } else {
      report("neither a task nor a schedule");
    }
  }
};

export_reader read_all(std::string_view text, const std::string& path) {
  export_reader read;
  std::size_t number = 0;
  while (!text.empty() && (read.has_head || read.faults.empty())) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") != std::string_view::npos)
      read.read(number, line, path);
  }
  if (!read.has_head && read.faults.empty())
    read.faults.push_back({1, 1, "it is empty"});
  return read;
}

} // namespace

std::string export_head(const value& status, timestamp now) {
  const auto field = [&](const char* name) {
    const auto* found = status.find(name);
    return found != nullptr ? *found : value{};
  };
  return to_json_text(value::map{{"carillon_export", export_version},
                                 {"exported_at", to_iso8601(now)},
                                 {"node", field("node")},
                                 {"store_id", field("store_id")}}) +
         "\n";
}

std::string export_task_line(const value& shown) {
  return to_json_text(value::map{{"task", without_key(shown, {"revision"})}}) + "\n";
}

value said_of_schedule(const value& shown) {
  return without_key(shown,
                     {"pause_reason", "next_fire_time", "last_fire_time", "covered_to", "incarnation", "revision"});
}

std::string export_schedule_line(const value& shown) {
  const auto* next = shown.find("next_fire_time");
  const auto* paused = shown.find("paused");
  const bool fires = next != nullptr && paused != nullptr && *paused == value{false};
  return to_json_text(value::map{{"schedule", said_of_schedule(shown)}, {"next_fire_time", fires ? *next : value{}}}) +
         "\n";
}

import_plan parse_export(std::string_view text, const std::string& path) {
  auto read = read_all(text, path);
  for (const auto& fault : read.faults)
    read.plan.faults.push_back(fmt::format("{}:{}:{}: {}", path, fault.line, fault.column, fault.text));
  return std::move(read.plan);
}

std::vector<file_fault> check_export(std::string_view text) { return read_all(text, "").faults; }

} // namespace carillon::app
