#include "runner/process_family.hpp"

#include "base/file_descriptor.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace carillon {
namespace {

struct process_entry {
  process_identity identity;
  pid_t group = 0;
  pid_t session = 0;
  bool is_living = false;
  std::string marker; // of the environment, as `marker_of` makes it
};

std::string read_file(const std::string& path, std::size_t limit) {
  std::string content;
  const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.is_open())
    return content;
  std::array<char, 16 << 10> chunk;
  while (content.size() < limit) {
    const auto read = ::read(file.get(), chunk.data(), chunk.size());
    if (read <= 0)
      break;
    content.append(chunk.data(), static_cast<std::size_t>(read));
  }
  return content;
}

// Fields of /proc/<pid>/stat: pid (name) state parent group session ... start_time; the name may hold anything.
std::optional<process_entry> read_entry(pid_t pid) {
  const auto text = read_file(fmt::format("/proc/{}/stat", pid), 4096);
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 > text.size())
    return std::nullopt;
  process_entry entry;
  entry.identity.pid = pid;
  const char state = text[name_end + 2];
  entry.is_living = state != 'Z' && state != 'X';
  const char* at = text.data() + name_end + 3;
  const char* const end = text.data() + text.size();
  std::array<std::uint64_t, 19>
      fields{}; // 4, the parent, to 22, the start time; the negative ones among them aren't needed
  for (auto& field : fields) {
    while (at < end && *at == ' ')
      ++at;
    std::from_chars(at, end, field);
    at = std::find(at, end, ' ');
  }
  entry.group = static_cast<pid_t>(fields[1]);
  entry.session = static_cast<pid_t>(fields[2]);
  entry.identity.start_time = fields[18];
  return entry;
}

std::string marker_of(std::string_view job_id, std::string_view token) { return fmt::format("{} {}", job_id, token); }

// The job's id and token in the environment that a process was started with; empty if they aren't there.
std::string read_marker(pid_t pid) {
  constexpr std::size_t enough = 256 << 10;
  const auto environment = '\0' + read_file(fmt::format("/proc/{}/environ", pid), enough);
  const auto find = [&](const char* name) -> std::optional<std::string_view> {
    const auto entry = '\0' + fmt::format("{}=", name);
    const auto begin = environment.find(entry);
    if (begin == std::string::npos)
      return std::nullopt;
    const auto content = std::string_view{environment}.substr(begin + entry.size());
    return content.substr(0, content.find('\0'));
  };
  const auto id = find(job_id_variable);
  const auto token = find(fencing_token_variable);
  return id && token ? marker_of(*id, *token) : std::string{};
}

std::vector<process_entry> read_all() {
  std::vector<process_entry> entries;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir("/proc"), &::closedir};
  if (!folder)
    return entries;
  while (const auto* item = ::readdir(folder.get())) {
    const auto pid = static_cast<pid_t>(std::strtol(item->d_name, nullptr, 10));
    if (pid <= 0 || pid == ::getpid())
      continue;
    if (auto entry = read_entry(pid); entry && entry->is_living)
      entries.push_back(std::move(*entry));
  }
  return entries;
}

} // namespace

std::optional<process_identity> read_process(pid_t pid) {
  const auto entry = read_entry(pid);
  return entry ? std::optional{entry->identity} : std::nullopt;
}

bool signal_process(const process_identity& process, int signal) {
  // By way of a pidfd: what it names can't change between the look at the start time and the signal.
  const file_descriptor handle{static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0))};
  return handle.is_open() && read_process(process.pid) == process &&
         ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0) == 0;
}

std::vector<std::vector<family_member>> find_members(const std::vector<process_family>& families) {
  std::vector<std::vector<family_member>> members(families.size());
  std::unordered_map<pid_t, std::size_t> by_session; // of the sessions and groups that are known to be a family's
  std::unordered_map<pid_t, std::size_t> by_leader;
  std::unordered_map<std::string, std::size_t> by_marker;
  for (std::size_t i = 0; i < families.size(); ++i) {
    const auto& family = families[i];
    by_marker[marker_of(family.job_id, std::to_string(family.fencing_token))] = i;
    if (family.leader.pid <= 0)
      continue; // not known; and 0 is what a session outside of our pid namespace looks like
    by_leader[family.leader.pid] = i;
    if (family.is_leader_held || read_process(family.leader.pid) == family.leader)
      by_session[family.leader.pid] = i;
  }
  auto entries = read_all();
  for (auto& entry : entries) {
    entry.marker = read_marker(entry.identity.pid);
    const auto family = by_marker.find(entry.marker);
    const auto session = by_leader.find(entry.session);
    if (family != by_marker.end() && session != by_leader.end() && family->second == session->second)
      by_session[entry.session] = family->second;
  }
  for (const auto& entry : entries) {
    auto found = by_session.find(entry.session);
    if (found == by_session.end())
      found = by_session.find(entry.group);
    if (found != by_session.end())
      members[found->second].push_back({entry.identity, entry.group});
    else if (const auto marked = by_marker.find(entry.marker); marked != by_marker.end())
      members[marked->second].push_back({entry.identity, entry.group});
  }
  return members;
}

bool kill_families(const std::vector<process_family>& families, duration patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  duration pause = std::chrono::milliseconds{1};
  while (true) {
    bool is_one_left = false;
    for (const auto& members : find_members(families))
      for (const auto& member : members) {
        signal_process(member.identity, SIGKILL);
        is_one_left = true;
      }
    if (!is_one_left)
      return true;
    if (std::chrono::steady_clock::now() >= give_up)
      return false;
    std::this_thread::sleep_for(
        pause); // nothing tells when a process ends that isn't a child, short of a pidfd for each
    pause = std::min<duration>(pause * 2, std::chrono::milliseconds{100});
  }
}

} // namespace carillon
