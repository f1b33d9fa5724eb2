#include "runner/leftovers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>

namespace carillon {
namespace {

constexpr std::size_t line_bytes = 128;

error io_error(const std::string& path, int number) {
  return {ec::store_io,
          fmt::format("the list of running commands {}: {}", path, std::generic_category().message(number))};
}

// Processes of another boot, or of another container, are none of ours.
std::string machine_incarnation() {
  std::string boot;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, boot);
  char pid_namespace[64] = "?";
  const auto size = ::readlink("/proc/self/ns/pid", pid_namespace, sizeof pid_namespace - 1);
  return fmt::format("{} {}", boot.empty() ? "?" : boot,
                     std::string_view{pid_namespace, size > 0 ? static_cast<std::size_t>(size) : 1});
}

std::string header(const process_identity& launcher) {
  return fmt::format("carillon-leftovers 1 {} {} {}", machine_incarnation(), launcher.pid, launcher.start_time);
}

bool write_line(int file, std::size_t line, const std::string& text) {
  const auto padded = fmt::format("{:<{}}\n", text, line_bytes - 1);
  return ::pwrite(file, padded.data(), padded.size(), static_cast<off_t>(line * line_bytes)) ==
         static_cast<ssize_t>(padded.size());
}

bool lock_within(int file, duration patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= give_up)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

struct noted_commands {
  std::optional<process_identity> launcher; // none: of another boot, or the file is empty
  std::vector<process_family> commands;
};

noted_commands read_noted(int file) {
  noted_commands noted;
  const auto read_line = [&](std::size_t line) -> std::optional<std::string> {
    std::string text(line_bytes, '\0');
    if (::pread(file, text.data(), text.size(), static_cast<off_t>(line * line_bytes)) !=
        static_cast<ssize_t>(text.size()))
      return std::nullopt;
    return text;
  };
  const auto first = read_line(0);
  const auto expected = fmt::format("carillon-leftovers 1 {} ", machine_incarnation());
  if (!first || !first->starts_with(expected))
    return noted;
  process_identity launcher;
  if (std::istringstream{first->substr(expected.size())} >> launcher.pid >> launcher.start_time)
    noted.launcher = launcher;
  for (std::size_t line = 1; const auto text = read_line(line); ++line) {
    process_family command;
    if (std::istringstream{*text} >> command.leader.pid >> command.leader.start_time >> command.job_id >>
        command.fencing_token)
      noted.commands.push_back(std::move(command));
  }
  return noted;
}

} // namespace

result<leftovers_file> leftovers_file::open_for_launcher(const std::string& path, duration patience) {
  leftovers_file opened;
  opened.file_ = file_descriptor{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  const int file = opened.file_.get();
  if (!opened.file_.is_open())
    return io_error(path, errno);
  if (!lock_within(file, patience))
    return {ec::unavailable, fmt::format("{} is held by another launcher that still runs", path)};
  const auto self = read_process(::getpid());
  if (!self)
    return {ec::unsupported, "/proc isn't there: commands can't be told from others of the same pid"};
  if (::ftruncate(file, 0) != 0 || !write_line(file, 0, header(*self)))
    return io_error(path, errno);
  return opened;
}

result<std::size_t> leftovers_file::note(const process_family& command) {
  if (!file_.is_open())
    return std::size_t{0};
  const auto line = free_lines_.empty() ? lines_ : free_lines_.back();
  const auto text =
      fmt::format("{} {} {} {}", command.leader.pid, command.leader.start_time, command.job_id, command.fencing_token);
  errno = ENOSPC; // what a short write means
  if (!write_line(file_.get(), line, text))
    return {ec::store_io, fmt::format("it couldn't be noted as running: {}", std::generic_category().message(errno))};
  if (free_lines_.empty())
    ++lines_;
  else
    free_lines_.pop_back();
  return line;
}

void leftovers_file::forget(std::size_t line) {
  if (!file_.is_open())
    return;
  write_line(file_.get(), line, "");
  free_lines_.push_back(line);
}

result<void> kill_leftovers(const std::string& path, duration patience) {
  const file_descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (!file.is_open())
    return errno == ENOENT ? result<void>{} : io_error(path, errno);
  if (!lock_within(file.get(), patience / 2)) {
    // It should have ended with its node. What it started is named in the file.
    if (const auto launcher = read_noted(file.get()).launcher)
      signal_process(*launcher, SIGKILL);
    if (!lock_within(file.get(), patience / 2))
      return {ec::unavailable, fmt::format("{} is held by another process: does a second node use it?", path)};
  }
  if (!kill_families(read_noted(file.get()).commands, patience))
    return {ec::unavailable, fmt::format("commands of an earlier run can't be killed; they are listed in {}", path)};
  if (::ftruncate(file.get(), 0) != 0)
    return io_error(path, errno);
  return {};
}

} // namespace carillon
