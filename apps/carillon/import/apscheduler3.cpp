#include "import/apscheduler3.hpp"

#include "import/helper_program.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <sstream>

namespace carillon::app {

extern const char* const apscheduler3_script; // apscheduler3.py

namespace {

// Calls a function of a module with arguments in JSON.
constexpr const char* call_function = "import importlib,json,sys\n"
                                      "f=importlib.import_module(sys.argv[1])\n"
                                      "for name in sys.argv[2].split('.'): f=getattr(f,name)\n"
                                      "f(*json.loads(sys.argv[3]),**json.loads(sys.argv[4]))\n";

std::string column_text_of(const value& of, const char* name) {
  const auto* found = of.find(name);
  const auto* text = found != nullptr ? found->get_if<std::string>() : nullptr;
  return text != nullptr ? *text : std::string{};
}

std::int64_t number_of(const value& of, const char* name) {
  const auto* found = of.find(name);
  const auto* number = found != nullptr ? found->get_if<std::int64_t>() : nullptr;
  return number != nullptr ? *number : 0;
}

value field(const value& of, const char* name) {
  const auto* found = of.find(name);
  return found != nullptr ? *found : value{};
}

// What of a job's arguments is no JSON: `a set and bytes`.
std::string list_beyond_json(const value& job) {
  std::vector<std::string> words;
  const auto beyond = field(job, "beyond_json");
  if (const auto* all = beyond.get_if<value::list>())
    for (const auto& each : *all)
      if (const auto* word = each.get_if<std::string>())
        words.push_back(*word);
  return fmt::format("{}", fmt::join(words, " and "));
}

class apscheduler_reader {
public:
  explicit apscheduler_reader(const apscheduler3_settings& settings) : settings_(settings) {}

  void read(const value& job) {
    imported_schedule one;
    const auto id = column_text_of(job, "id");
    one.from = fmt::format("{}: job {}", settings_.database, id);
    if (const auto fault = column_text_of(job, "fault"); !fault.empty()) {
      refuse(fmt::format("job {}: {}", id, fault));
      return;
    }
    if (const auto beyond = list_beyond_json(job); settings_.as_commands && !beyond.empty()) {
      plan_.faults.push_back(
          fmt::format("{}: its arguments hold {}, which a command can't be given: import it without --as-commands, "
                      "as a task, or change them there",
                      one.from, beyond));
      return;
    }
    value::map body{{"id", ids_.choose(id)}, {"trigger", field(job, "trigger")}, {"paused", field(job, "paused")}};
    put_policies(job, body, one.notes);
    if (settings_.as_commands)
      put_command(job, body);
    else
      put_task(job, body);
    body["metadata"] =
        value::map{{"imported", value::map{{"from", "apscheduler3"}, {"name", column_text_of(job, "name")}}}};
    if (const auto* times = job.find("before"); times != nullptr && times->get_if<value::list>() != nullptr)
      for (const auto& each : *times->get_if<value::list>())
        if (const auto when = parse_iso8601(*each.get_if<std::string>()))
          one.before.push_back(*when);
    one.body = std::move(body);
    plan_.schedules.push_back(std::move(one));
  }

  void refuse(const std::string& why) { plan_.faults.push_back(fmt::format("{}: {}", settings_.database, why)); }

  [[nodiscard]] import_plan finish() && {
    for (const auto& id : tasks_)
      plan_.tasks.push_back(value::map{{"id", id}});
    return std::move(plan_);
  }

private:
  // What is said of runs that are late, or still run when the next one is due.
  void put_policies(const value& job, value::map& body, std::vector<std::string>& notes) const {
    body["coalesce"] = field(job, "coalesce") == value{true} ? "latest" : "all";
    if (const auto grace = field(job, "misfire_grace_time"); !grace.is_null())
      body["misfire_grace_time"] = grace;
    const auto at_once = number_of(job, "max_instances");
    body["overlap"] = at_once > 1 ? "allow" : "skip";
    if (at_once > 1) {
      const auto& id = *body["id"].get_if<std::string>();
      const auto key = "apscheduler3:" + id;
      body["limit"] = value::map{{"key", key.size() <= max_id_size_bytes ? key : id}, {"maximum", at_once}};
      notes.push_back(
          fmt::format("a run that is due while {} run waits for one of them; APScheduler leaves it out", at_once));
    }
    if (const auto jitter = field(job, "jitter"); jitter != value{0} && !jitter.is_null()) {
      body["max_jitter"] = jitter;
      notes.push_back("jitter only delays here; APScheduler's may also be early");
    }
  }

  void put_task(const value& job, value::map& body) {
    const auto name = column_text_of(job, "function");
    tasks_.insert(name);
    body["task"] = name;
    value::list arguments;
    if (const auto* given = job.find("args"); given != nullptr && given->get_if<value::list>() != nullptr)
      arguments = *given->get_if<value::list>();
    // A callable in C++ takes a list: what was given by name is its last element.
    if (const auto named = field(job, "kwargs");
        named.get_if<value::map>() != nullptr && !named.get_if<value::map>()->empty())
      arguments.push_back(named);
    body["arguments"] = std::move(arguments);
  }

  void put_command(const value& job, value::map& body) const {
    const auto function = column_text_of(job, "function");
    const auto colon = function.find(':');
    body["task"] = command_task;
    body["arguments"] =
        value::map{{"argv", value::list{settings_.python, "-c", call_function, function.substr(0, colon),
                                        function.substr(colon + 1), to_json_text(field(job, "args")),
                                        to_json_text(field(job, "kwargs"))}}};
  }

  const apscheduler3_settings& settings_;
  import_plan plan_;
  id_chooser ids_;
  std::set<std::string> tasks_;
};

} // namespace

import_plan parse_apscheduler3(const std::string& lines, const apscheduler3_settings& settings) {
  apscheduler_reader jobs{settings};
  std::istringstream in{lines};
  for (std::string line; std::getline(in, line);) {
    if (const auto job = parse_json_text(line))
      jobs.read(*job);
    else
      jobs.refuse(fmt::format("a job: {}: it begins {}", job.err().text(), quote(line.substr(0, 80))));
  }
  return std::move(jobs).finish();
}

result<import_plan> read_apscheduler3(const apscheduler3_settings& settings) {
  if (std::error_code failed; std::filesystem::is_directory(settings.database, failed))
    return error{ec::invalid_argument,
                 settings.database + ": it is a folder: name the SQLite database of APScheduler's job store"};
  auto said =
      ask_program({settings.python, "-I", "-", settings.database, settings.table, std::to_string(shown_fire_times)},
                  apscheduler3_script);
  if (!said && said.err().code() == ec::not_found)
    return error{ec::not_found, said.err().text() + "; install python3, or name a Python with --python"};
  return said ? result<import_plan>{parse_apscheduler3(*said, settings)} : said.err();
}

} // namespace carillon::app
