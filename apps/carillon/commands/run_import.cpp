// `carillon import`: schedules of other programs, and of a file that `carillon export` has written.
#include "api/requests.hpp"
#include "cli/bodies.hpp"
#include "cli/progress_bar.hpp"
#include "cli/render.hpp"
#include "commands/run.hpp"
#include "crontab/crontab_files.hpp"
#include "crontab/schedules.hpp"
#include "import/apscheduler3.hpp"
#include "import/export_file.hpp"
#include "import/systemd_timers.hpp"

#include "api/views.hpp"
#include "carillon/trigger/defaults.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace carillon::app {
namespace {

// ---- crontabs

// The last part of the first word of a command.
std::string name_of(const std::string& command) {
  auto word = command.substr(0, command.find_first_of(" \t"));
  return word.substr(word.rfind('/') + 1);
}

// An entry says nothing of when it starts.
value body_without_start(const schedule_definition& what) {
  const auto view = view_of(what);
  auto body = *view.get_if<value::map>();
  auto trigger = *body["trigger"].get_if<value::map>();
  trigger.erase("start_time");
  body["trigger"] = std::move(trigger);
  return body;
}

void read_crontab(const crontab::crontab_file& file, const crontab::entry_settings& settings, timestamp now,
                  id_chooser& ids, import_plan& plan) {
  if (!file.text) {
    plan.faults.push_back(
        fmt::format("{}: {}", file.path, file.unreadable.empty() ? "there is no such file" : file.unreadable));
    return;
  }
  const auto parsed = crontab::parse_crontab(*file.text, file.kind);
  auto faults = parsed.faults;
  for (const auto& entry : parsed.entries) {
    if (entry.is_at_reboot()) {
      faults.push_back({entry.line, entry.times_column,
                        "@reboot is no time: `carillon serve --crontab` runs it, or a unit of systemd"});
      continue;
    }
    crontab::id_maker unused; // its ids are those of the entries of a crontab that a node reads
    auto made = crontab::make_schedules(file.path, {entry}, settings, crontab::system_users(), now, unused);
    if (!made) {
      faults.push_back({entry.line, 1, made.err().text()});
      continue;
    }
    faults.insert(faults.end(), made->faults.begin(), made->faults.end());
    for (auto& what : made->schedules) {
      what.id = ids.choose(name_of(entry.command));
      const auto about = std::exchange(what.metadata, {});
      what.metadata["imported"] = value::map{{"from", "crontab"}, {"file", file.path}, {"times", entry.times}};
      plan.schedules.push_back({fmt::format("{}:{}", file.path, entry.line), body_without_start(what), {}, {}});
    }
  }
  std::ranges::stable_sort(faults, {}, &crontab::fault::line);
  for (const auto& fault : faults)
    plan.faults.push_back(fmt::format("{}:{}:{}: {}", file.path, fault.line, fault.column, fault.text));
}

result<import_plan> read_crontabs(const import_command& what, const trigger_defaults& defaults) {
  import_plan plan;
  id_chooser ids;
  const crontab::entry_settings settings{defaults.local_zone, std::chrono::hours{1}, crontab::current_identity(), {}};
  for (const auto& path : what.crontabs) {
    const auto listed = crontab::read_source(
        {path, what.system ? crontab::crontab_kind::system : crontab::crontab_kind::user}, settings.identity.is_root);
    if (!listed.unreadable.empty())
      return error{ec::invalid_argument, fmt::format("{}: {}", listed.path, listed.unreadable)};
    for (const auto& file : listed.files)
      read_crontab(file, settings, defaults.now, ids, plan);
  }
  return plan;
}

result<import_plan> read_source(const import_command& what, const trigger_defaults& defaults) {
  if (!what.crontabs.empty())
    return read_crontabs(what, defaults);
  if (!what.apscheduler3.empty())
    return read_apscheduler3({what.apscheduler3, what.table, what.python, what.as_commands});
  if (what.systemd_timers)
    return read_systemd_timers(defaults.local_zone);
  const auto text = read_text(what.file == "-" ? what.file : "@" + what.file);
  return text ? result<import_plan>{parse_export(*text, what.file)} : text.err();
}

// ---- what would become of it

struct prepared {
  const imported_schedule* source = nullptr;
  std::string id;
  value said;                    // the body as its source gives it, which may leave out when it starts
  value body;                    // what that means
  std::vector<timestamp> before; // what lies ahead of it
  std::vector<timestamp> after;
};

std::vector<timestamp> next_times(const trigger_definition& what, timestamp now) {
  std::vector<timestamp> times;
  auto rule = trigger::make(what);
  if (!rule || !rule->skip_to(now))
    return times;
  while (times.size() < shown_fire_times) {
    const auto next = rule->next();
    if (!next || !*next)
      break;
    times.push_back(**next);
  }
  return times;
}

// What is to be known of what was read from `said`.
prepared prepare_one(const imported_schedule& source, value said, const schedule_definition& meant, timestamp now) {
  auto before = source.before;
  std::erase_if(before, [&](timestamp when) { return when < now; }); // recorded some time ago
  return {&source, meant.id, std::move(said), view_of(meant), std::move(before), next_times(meant.trigger, now)};
}

std::vector<prepared> prepare_import(const import_command& what, import_plan& plan, const trigger_defaults& defaults) {
  std::vector<prepared> all;
  for (const auto& each : plan.schedules) {
    auto body = *each.body.get_if<value::map>();
    if (what.paused)
      body["paused"] = true;
    const auto read = parse_schedule_request(body, defaults);
    if (!read) {
      plan.faults.push_back(fmt::format("{}: {}", each.from, read.err().text()));
      continue;
    }
    all.push_back(prepare_one(each, std::move(body), read->definition, defaults.now));
  }
  return all;
}

// Whether it fires here when it does there; nothing: that can't be said.
std::optional<bool> is_same(const prepared& what) {
  const auto count = std::min(what.before.size(), what.after.size());
  if (count == 0)
    return std::nullopt;
  return std::equal(what.after.begin(), what.after.begin() + static_cast<std::ptrdiff_t>(count), what.before.begin());
}

std::string lines_of(const std::vector<timestamp>& times, std::size_t at) {
  return at < times.size() ? local_time(to_iso8601(times[at])) : std::string{};
}

std::string render_import(const std::vector<prepared>& all, bool colours) {
  table rows{{"ID", "BEFORE", "AFTER", "WHEN"}, colours};
  std::vector<std::vector<cell>> cells;
  for (const auto& each : all) {
    const bool differs = is_same(each) == std::optional{false};
    for (std::size_t i = 0; i < std::max({each.before.size(), each.after.size(), std::size_t{1}}); ++i)
      cells.push_back({{i == 0 ? each.id : "", colour::bold},
                       {i == 0 && each.before.empty() ? "-" : lines_of(each.before, i)},
                       {lines_of(each.after, i), differs ? colour::yellow : colour::none},
                       {i == 0 ? summarise_trigger(*each.body.find("trigger")) + (differs ? " (differs)" : "") : ""}});
  }
  std::string text = cells.empty() ? std::string{} : rows.render(cells);
  for (const auto& each : all)
    for (const auto& note : each.source->notes)
      text += fmt::format("{}: {}\n", each.id, printable(note));
  return text;
}

value times_of(const std::vector<timestamp>& times) {
  value::list all;
  for (const auto each : times)
    all.emplace_back(to_iso8601(each));
  return all;
}

value import_document(const std::vector<prepared>& all, const import_plan& plan, std::int64_t imported) {
  value::list schedules;
  for (const auto& each : all) {
    const auto same = is_same(each);
    schedules.push_back(value::map{{"id", each.id},
                                   {"from", each.source->from},
                                   {"before", times_of(each.before)},
                                   {"after", times_of(each.after)},
                                   {"same", same ? value{*same} : value{}},
                                   {"notes", value::list(each.source->notes.begin(), each.source->notes.end())},
                                   {"schedule", each.body}});
  }
  return value::map{{"imported", imported},
                    {"tasks", plan.tasks},
                    {"schedules", std::move(schedules)},
                    {"faults", value::list(plan.faults.begin(), plan.faults.end())}};
}

// ---- doing it

class importer {
public:
  importer(control_client& node, const import_command& what, const trigger_defaults& defaults, import_plan& plan)
    : node_(node), what_(what), defaults_(defaults), plan_(plan) {}

  /// What was imported is told as it is recorded then.
  result<std::int64_t> run(std::vector<prepared>& schedules) {
    const auto total = plan_.tasks.size() + schedules.size();
    for (const auto& task : plan_.tasks)
      if (auto done = put_task(task, total); !done)
        return done.err();
    std::int64_t imported = 0;
    for (auto& each : schedules) {
      const auto added = put_schedule(each);
      if (added)
        each.body = said_of_schedule(*added);
      if (auto taken = take(added, each.source->from, total); !taken)
        return taken.err();
      imported += added ? 1 : 0;
    }
    return imported;
  }

private:
  // What is recorded stays, unless it is to be replaced.
  result<void> put_task(const value& task, std::size_t total) {
    const auto id = *task.find("id")->get_if<std::string>();
    const auto recorded = node_.ask("GET", {{"tasks", id}, {}});
    if (!recorded && recorded.err().code() != ec::not_found)
      return recorded.err();
    if (recorded && !what_.replace) {
      ++done_;
      for (const auto& [name, content] : *task.get_if<value::map>())
        if (const auto* has = recorded->find(name); has == nullptr || *has != content) {
          plan_.faults.push_back(
              fmt::format("task {}: {} is another one here: it stays as it is without --replace", id, name));
          break;
        }
      return {};
    }
    return take(node_.ask("PUT", {{"tasks", id}, {}}, task), "task " + id, total);
  }

  result<value> put_schedule(prepared& what) {
    const auto recorded = node_.ask("GET", {{"schedules", what.id}, {}});
    if (recorded)
      return put_over(what, *recorded);
    return recorded.err().code() == ec::not_found ? add(what) : recorded;
  }

  // It fires from now on: what lies behind was its source's to do.
  result<value> add(const prepared& what) {
    auto body = *what.body.get_if<value::map>();
    body["paused"] = true;
    const auto added = node_.ask("POST", {{"schedules"}, {}}, body);
    return added && is_active(what.body) ? change(what.id, "resume") : added;
  }

  // Where one stands that is there is its own: it is paused only where that is said, and resumed only where an import that was
  // broken off has added it and nothing has changed it since.
  result<value> put_over(prepared& what, const value& recorded) {
    const auto there = said_of_schedule(recorded);
    if (const auto definition = parse_schedule_request(there, defaults_))
      if (const auto meant = parse_schedule_request(what.said, defaults_, definition->definition))
        what = prepare_one(*what.source, what.said, meant->definition, defaults_.now);
    if (without_pause(what.body) == without_pause(there)) {
      if (what_.paused && is_active(there))
        return change(what.id, "pause");
      const bool is_as_added =
          *recorded.find("revision") == *recorded.find("incarnation") && recorded.find("pause_reason")->is_null();
      return is_as_added && is_active(what.body) && !is_active(there) ? change(what.id, "resume")
                                                                      : result<value>{recorded};
    }
    if (!what_.replace)
      return {ec::conflict, "it is there already, with other settings: it stays as it is without --replace"};
    const auto replaced = node_.ask("PUT", {{"schedules", what.id}, {}}, what.body);
    return replaced && !is_active(what.body) ? change(what.id, "pause") : replaced;
  }

  static bool is_active(const value& said) {
    const auto* paused = said.find("paused");
    return paused != nullptr && *paused == value{false};
  }

  static value::map without_pause(const value& said) {
    auto fields = *said.get_if<value::map>();
    fields.erase("paused");
    return fields;
  }

  result<value> change(const std::string& id, const char* verb) {
    return node_.ask("POST", {{"schedules", id, verb}, {}});
  }

  // What the node refuses is a fault of this one; anything else ends the import.
  result<void> take(const result<value>& answer, const std::string& from, std::size_t total) {
    bar_.show(++done_, total);
    if (answer)
      return {};
    if (exit_code_of(answer.err().code()) != exit_code::refused)
      return answer.err();
    plan_.faults.push_back(fmt::format("{}: {}", from, answer.err().text()));
    return {};
  }

  control_client& node_;
  const import_command& what_;
  const trigger_defaults& defaults_;
  import_plan& plan_;
  progress_bar bar_{"importing", "tasks and schedules"};
  std::uint64_t done_ = 0;
};

result<std::int64_t> carry_out(const import_command& what, const trigger_defaults& defaults, import_plan& plan,
                               std::vector<prepared>& all, const std::string& socket) {
  auto node = control_client::connect(socket);
  return node ? importer{*node, what, defaults, plan}.run(all) : node.err();
}

} // namespace

result<exit_code> run_import(const import_command& what, const std::string& socket, bool json) {
  std::signal(SIGPIPE, SIG_IGN); // a helper that reads no more
  const trigger_defaults defaults{system_clock().now().wall, machine_zone_name()};
  auto plan = read_source(what, defaults);
  if (!plan)
    return plan.err();
  auto all = prepare_import(what, *plan, defaults);
  std::int64_t imported = 0;
  if (!what.dry_run) {
    const auto done = carry_out(what, defaults, *plan, all, socket);
    if (!done)
      return done.err();
    imported = *done;
  }
  if (json)
    print(to_json_text(import_document(all, *plan, imported)) + "\n");
  else {
    print(render_import(all, has_colours(STDOUT_FILENO)) +
          (what.dry_run ? fmt::format("{} schedules and {} tasks would be imported; nothing was changed\n", all.size(),
                                      plan->tasks.size())
                        : fmt::format("{} of {} schedules imported\n", imported, all.size())));
    for (const auto& fault : plan->faults)
      print_error({ec::invalid_argument, fault});
  }
  return plan->faults.empty() ? exit_code::success : exit_code::refused;
}

} // namespace carillon::app
