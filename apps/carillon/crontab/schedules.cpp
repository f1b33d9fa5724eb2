#include "crontab/schedules.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/command.hpp"
#include "carillon/model/task.hpp"

#include <fmt/format.h>

#include <utility>

namespace carillon::crontab {
namespace {

constexpr const char* default_shell = "/bin/sh";
constexpr const char* default_path = "/usr/bin:/bin";

std::string variable_or(const entry& from, const char* name, const char* otherwise) {
  const auto found = from.variables.find(name);
  return found == from.variables.end() ? otherwise : found->second;
}

command_spec make_command(const entry& from, const user_account& user, const entry_settings& settings,
                          const user_directory& users) {
  command_spec spec;
  spec.shell_line = from.command;
  spec.shell = variable_or(from, "SHELL", default_shell);
  spec.standard_input = from.standard_input;
  spec.clear_environment = true;
  spec.environment = from.variables;
  spec.environment.try_emplace("SHELL", default_shell);
  spec.environment.try_emplace("PATH", default_path);
  spec.environment.try_emplace("HOME", user.home);
  spec.environment["LOGNAME"] = user.name;
  spec.environment["USER"] = user.name;
  // Many service users have a home that isn't there; cron runs their commands all the same.
  const auto& home = spec.environment["HOME"];
  spec.working_directory = users.is_folder(home) ? home : "/";
  if (user.name != settings.identity.account.name)
    spec.user = user.name;
  return spec;
}

trigger_definition make_trigger(const entry& from, const entry_settings& settings, timestamp now) {
  if (from.is_at_reboot())
    return {interval_definition{.interval = reboot_interval, .start_time = now}};
  classic_cron_definition definition;
  definition.expression = from.times;
  definition.start_time = now;
  definition.timezone = from.timezone.empty() ? settings.timezone : from.timezone;
  return {definition};
}

value make_metadata(const std::string& path, const entry& from, const user_account& user,
                    const entry_settings& settings) {
  value::map about{{"file", path}, {"user", user.name}, {"times", from.times}};
  if (const auto mailto = from.variables.find("MAILTO"); mailto != from.variables.end())
    about["mailto"] = mailto->second;
  if (from.is_at_reboot())
    about["boot"] = settings.boot_id;
  return about;
}

// The user that an entry runs as, or why it can't. The outer error: it can't be known now.
result<std::variant<user_account, fault>> user_of(const entry& from, const entry_settings& settings,
                                                  const user_directory& users) {
  const auto& own = settings.identity;
  if (from.user.empty() || from.user == own.account.name)
    return std::variant<user_account, fault>{own.account};
  if (!own.is_root)
    return std::variant<user_account, fault>{
        fault{from.line, from.user_column,
              fmt::format("the entry is of user {}: this node runs as {}, and only root can run commands of others",
                          quote(from.user), quote(own.account.name))}};
  auto found = users.find_user(from.user);
  if (!found)
    return found.err();
  if (!found->has_value())
    return std::variant<user_account, fault>{
        fault{from.line, from.user_column, fmt::format("there is no user {}", quote(from.user))}};
  return std::variant<user_account, fault>{**found};
}

} // namespace

result<crontab_schedules> make_schedules(const std::string& path, const std::vector<entry>& entries,
                                         const entry_settings& settings, const user_directory& users, timestamp now,
                                         id_maker& ids) {
  crontab_schedules made;
  for (const auto& from : entries) {
    auto user = user_of(from, settings, users);
    if (!user)
      return user.err();
    if (auto* wrong = std::get_if<fault>(&*user)) {
      made.faults.push_back(std::move(*wrong));
      continue;
    }
    if (from.is_at_reboot() && settings.boot_id.empty()) {
      made.faults.push_back({from.line, from.times_column, "this system doesn't tell one boot from the next"});
      continue;
    }
    const auto& account = std::get<user_account>(*user);
    schedule_definition next;
    next.id = ids.make_id(path, account.name, from.written);
    next.task = command_task;
    next.trigger = make_trigger(from, settings, now);
    next.arguments = to_value(make_command(from, account, settings, users));
    next.coalesce = coalesce_policy::latest;
    next.overlap = overlap_policy::allow;
    if (!from.is_at_reboot()) // that one runs however late the node comes up
      next.misfire_grace_time = settings.misfire_grace_time;
    next.metadata["crontab"] = make_metadata(path, from, account, settings);
    made.schedules.push_back(std::move(next));
  }
  return made;
}

} // namespace carillon::crontab
