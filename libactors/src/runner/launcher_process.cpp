#include "runner/launcher_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <system_error>

namespace carillon {
namespace {

constexpr int launchers_socket = 3;

result<pid_t> spawn_with(const std::vector<std::string>& argv, int socket) {
  const auto number = std::to_string(launchers_socket);
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 2);
  for (const auto& argument : argv)
    arguments.push_back(const_cast<char*>(argument.c_str())); // posix_spawn promises not to write
  arguments.push_back(const_cast<char*>(number.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, socket, launchers_socket);
  ::posix_spawn_file_actions_addclosefrom_np(&files, launchers_socket + 1);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  pid_t pid = 0;
  const int refusal = ::posix_spawnp(&pid, argv.front().c_str(), &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (refusal != 0)
    return {ec::unavailable, fmt::format("the launcher of commands can't be started: {}: {}", argv.front(),
                                         std::generic_category().message(refusal))};
  return pid;
}

} // namespace

result<launcher_process> launcher_process::spawn(const std::vector<std::string>& argv) {
  if (argv.empty())
    return {ec::unavailable, "the launcher of commands can't be started: the configuration names no program for it"};
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return {ec::unavailable, fmt::format("the launcher of commands can't be started: {}", std::strerror(errno))};
  file_descriptor ours{pair[0]};
  file_descriptor theirs{pair[1]};
  if (theirs.get() < launchers_socket) // in the way of the standard ones, in a node that has closed its own
    theirs = file_descriptor{::fcntl(theirs.get(), F_DUPFD_CLOEXEC, launchers_socket)};
  const auto pid = spawn_with(argv, theirs.get());
  if (!pid)
    return pid.err();
  return launcher_process{*pid, std::move(ours)};
}

std::string launcher_process::close(duration patience) {
  socket_ = {};
  const file_descriptor handle{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  if (pollfd ended{handle.get(), POLLIN, 0}; handle.is_open() && ::poll(&ended, 1, static_cast<int>(milliseconds)) == 0)
    ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0)
    if (errno != EINTR)
      return "ended"; // the program around us waits for all children
  if (WIFSIGNALED(status))
    return fmt::format("was ended by {}", signal_name(WTERMSIG(status)));
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

} // namespace carillon
