#include "runner/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace carillon {
namespace {

enum class child_step : int { user, directory, program };

// What the child says over `status` before it gives up.
struct child_failure {
  child_step step;
  int error_number;
  std::size_t path; // of `child_program::paths`
};

// The child's side. Only what is safe between fork and exec: system calls on what was made before.
struct child_side {
  const child_program& program;
  char* const* argv;
  char* const* environment;
  rlimit open_files;
  pid_t parent;
  int status;
  int output;
  int input;
};

[[noreturn]] void give_up(const child_side& child, child_failure failure) {
  [[maybe_unused]] const auto said = ::send(child.status, &failure, sizeof failure, MSG_NOSIGNAL);
  ::_exit(127);
}

void take_identity(const child_side& child) {
  if (!child.program.identity)
    return;
  const auto& to = *child.program.identity;
  // Not setgroups without root: then it is our own user, who has them already.
  const bool taken = (::geteuid() != 0 || ::setgroups(to.groups.size(), to.groups.data()) == 0) &&
                     ::setresgid(to.group, to.group, to.group) == 0 && ::setresuid(to.user, to.user, to.user) == 0;
  if (!taken)
    give_up(child, {child_step::user, errno, 0});
}

[[noreturn]] void run_program(const child_side& child) {
  // As a shell does: a file that may not be executed is reported only if no later folder has one that may.
  child_failure failure{child_step::program, ENOENT, 0};
  for (std::size_t i = 0; i < child.program.paths.size(); ++i) {
    ::execve(child.program.paths[i].c_str(), child.argv, child.environment);
    if (errno == ENOENT || errno == ENOTDIR)
      continue;
    failure = {child_step::program, errno, i};
    if (errno != EACCES)
      break;
  }
  give_up(child, failure);
}

[[noreturn]] void be_child(const child_side& child) {
  ::setsid();
  constexpr unsigned long usual_slack = 50'000; // ns; a node's timers have less, which fork and exec would pass on
  ::prctl(PR_SET_TIMERSLACK, usual_slack);
  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL); // exec would keep what the launcher ignores
  ::dup2(child.input, STDIN_FILENO);
  ::dup2(child.output, STDOUT_FILENO);
  ::dup2(child.output, STDERR_FILENO);
  char may_go = 0;
  if (::read(child.status, &may_go, 1) != 1)
    ::_exit(127); // the launcher is gone
  ::setrlimit(RLIMIT_NOFILE, &child.open_files);
  take_identity(child);
  if (const auto& folder = child.program.working_directory; !folder.empty() && ::chdir(folder.c_str()) != 0)
    give_up(child, {child_step::directory, errno, 0});
  // The second line of defence, for a launcher that is killed itself. A change of the user would clear it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != child.parent)
    ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr); // a TERM that came meanwhile ends it here
  run_program(child);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const auto& text : texts)
    all.push_back(const_cast<char*>(text.c_str())); // execve promises not to write
  all.push_back(nullptr);
  return all;
}

struct child_ends {
  file_descriptor status;
  file_descriptor output;
  file_descriptor input;
};

bool open_ends(child_process& ours, child_ends& childs, bool has_input) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return false;
  ours.status = file_descriptor{pair[0]};
  childs.status = file_descriptor{pair[1]};
  if (::pipe2(pair, O_CLOEXEC) != 0)
    return false;
  ours.output = file_descriptor{pair[0]};
  childs.output = file_descriptor{pair[1]};
  if (!has_input) {
    childs.input = file_descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    return childs.input.is_open();
  }
  if (::pipe2(pair, O_CLOEXEC) != 0)
    return false;
  childs.input = file_descriptor{pair[0]};
  ours.input = file_descriptor{pair[1]};
  return true;
}

} // namespace

result<child_process> fork_child(const child_program& program, bool has_input, const rlimit& open_files) {
  const auto failed = [] {
    return error{ec::unavailable,
                 fmt::format("no process could be started: {}", std::generic_category().message(errno))};
  };
  child_process child;
  child_ends ends;
  if (!open_ends(child, ends, has_input))
    return failed();
  for (const auto* ours : {&child.output, &child.input})
    if (ours->is_open()) // each end has its own flags: the child's stay blocking
      ::fcntl(ours->get(), F_SETFL, O_NONBLOCK);
  const auto argv = pointers(program.argv);
  const auto environment = pointers(program.environment);
  const child_side side{program,    argv.data(),       environment.data(), open_files,
                        ::getpid(), ends.status.get(), ends.output.get(),  ends.input.get()};
  // Blocked until the child has its own dispositions: a TERM in between must not be lost on those of the launcher.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0)
    be_child(side);
  const int fork_error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = fork_error;
  if (pid < 0)
    return failed();
  child.handle = file_descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  const auto identity = read_process(pid);
  if (!child.handle.is_open() || !identity) {
    const auto why = failed();
    child.status.close(); // it ends by itself then
    ends.status.close();
    ::waitpid(pid, nullptr, 0);
    return why;
  }
  child.identity = *identity;
  return child;
}

void let_go(const child_process& child) {
  const char may_go = 1;
  [[maybe_unused]] const auto sent = ::send(child.status.get(), &may_go, 1, MSG_NOSIGNAL);
}

std::optional<std::string> read_refusal(const child_process& child, const child_program& program) {
  child_failure failure{};
  if (::recv(child.status.get(), &failure, sizeof failure, MSG_DONTWAIT) != sizeof failure)
    return std::nullopt;
  const auto reason = std::generic_category().message(failure.error_number);
  switch (failure.step) {
    case child_step::user: return fmt::format("it can't run as that user: {}", reason);
    case child_step::directory: return fmt::format("the working directory {}: {}", program.working_directory, reason);
    case child_step::program: break;
  }
  const auto& name = program.argv.front();
  const auto& path = program.paths.at(failure.path);
  if (failure.error_number == ENOENT) {
    for (const auto& tried : program.paths)
      if (::access(tried.c_str(), F_OK) == 0)
        return fmt::format("the program {}: the interpreter that its first line names isn't there", tried);
    if (!program.search_path.empty())
      return fmt::format("there is no program {} in {}", name, program.search_path);
  }
  if (failure.error_number == ENOEXEC)
    return fmt::format("the program {}: neither a binary for this machine nor a script with a #! line", path);
  if (failure.error_number == E2BIG)
    return fmt::format("the program {}: its arguments and environment are too long", path);
  return fmt::format("the program {}: {}", path, reason);
}

} // namespace carillon
