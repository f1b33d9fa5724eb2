#include "runner/child_program.hpp"

#include "runner/process_family.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <map>
#include <string_view>
#include <system_error>

namespace carillon {
namespace {

using environment_map = std::map<std::string, std::string, std::less<>>;

// A job that a job's command adds, by a node of its own, isn't the same job.
constexpr std::string_view never_inherited[] = {job_id_variable,
                                                fencing_token_variable,
                                                "CARILLON_TASK",
                                                "CARILLON_SCHEDULE_ID",
                                                "CARILLON_ATTEMPT",
                                                "CARILLON_SCHEDULED_FIRE_TIME",
                                                "CARILLON_PREDECESSOR_ID",
                                                "CARILLON_PREDECESSOR_OUTCOME",
                                                "CARILLON_PREDECESSOR_RESULT"};

environment_map to_map(char** environment) {
  environment_map entries;
  for (auto** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (const auto end = text.find('='); end != std::string_view::npos && end > 0)
      entries.emplace(text.substr(0, end), text.substr(end + 1));
  }
  for (const auto name : never_inherited)
    if (const auto found = entries.find(name); found != entries.end())
      entries.erase(found);
  return entries;
}

struct account {
  user_identity identity;
  std::string name;
  std::string home;
};

result<account> look_up(const std::string& user) {
  errno = 0;
  const auto* entry = ::getpwnam(user.c_str()); // the launcher has one thread
  if (entry == nullptr && errno != 0 && errno != ENOENT && errno != ESRCH)
    return {ec::not_found,
            fmt::format("the user {} can't be looked up: {}", user, std::generic_category().message(errno))};
  if (entry == nullptr)
    return {ec::not_found, fmt::format("there is no user {} on this machine", user)};
  account found{{entry->pw_uid, entry->pw_gid, {}}, entry->pw_name, entry->pw_dir};
  if (::geteuid() != 0 && ::geteuid() != found.identity.user)
    return {ec::permission_denied, fmt::format("it can't run as {}: the node doesn't run as root", user)};
  int count = 64;
  do
    found.identity.groups.resize(static_cast<std::size_t>(count));
  while (::getgrouplist(found.name.c_str(), found.identity.group, found.identity.groups.data(), &count) < 0);
  found.identity.groups.resize(static_cast<std::size_t>(count));
  return found;
}

std::string expand_home(const std::string& folder, const environment_map& environment) {
  if (folder != "~" && !folder.starts_with("~/"))
    return folder;
  const auto home = environment.find("HOME");
  return home == environment.end() ? folder : home->second + folder.substr(1);
}

void find_paths(child_program& program, const environment_map& environment) {
  const auto& name = program.argv.front();
  if (name.find('/') != std::string::npos) {
    program.paths = {name};
    return;
  }
  const auto given = environment.find("PATH");
  program.search_path = given == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : given->second;
  std::string_view rest = program.search_path;
  while (true) {
    const auto folder = rest.substr(0, rest.find(':'));
    program.paths.push_back(folder.empty() ? "./" + name : fmt::format("{}/{}", folder, name));
    if (folder.size() == rest.size())
      return;
    rest.remove_prefix(folder.size() + 1);
  }
}

} // namespace

result<child_program> prepare_child_program(const start_command& command, char** inherited) {
  child_program program;
  program.argv = command.argv;
  auto environment = command.clear_environment != 0 ? environment_map{} : to_map(inherited);
  if (!command.user.empty()) {
    auto user = look_up(command.user);
    if (!user)
      return user.err();
    environment["HOME"] = user->home;
    environment["LOGNAME"] = environment["USER"] = user->name;
    environment["SHELL"] = command.shell;
    if (user->identity.user != ::geteuid() || ::geteuid() == 0)
      program.identity = std::move(user->identity);
  }
  for (const auto& [name, content] : command.environment)
    environment[name] = content;
  for (const auto& [name, content] : environment)
    program.environment.push_back(fmt::format("{}={}", name, content));
  program.working_directory = expand_home(command.working_directory, environment);
  find_paths(program, environment);
  return program;
}

} // namespace carillon
