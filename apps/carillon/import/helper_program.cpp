#include "import/helper_program.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>

namespace carillon::app {
namespace {

struct pipe_ends {
  int read = -1;
  int write = -1;
};

bool open_pipe(pipe_ends& ends) {
  int both[2];
  if (::pipe2(both, O_CLOEXEC) != 0)
    return false;
  ends = {both[0], both[1]};
  return true;
}

void close_end(int& end) {
  if (end >= 0)
    ::close(std::exchange(end, -1));
}

// Feeds and reads until the program has said all.
void talk(pipe_ends& in, pipe_ends& out, pipe_ends& err, std::string_view input, std::string& said,
          std::string& complained) {
  if (input.empty())
    close_end(in.write);
  while (out.read >= 0 || err.read >= 0) {
    std::array<pollfd, 3> ready{pollfd{out.read, POLLIN, 0}, pollfd{err.read, POLLIN, 0}, pollfd{in.write, POLLOUT, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
      break;
    if (in.write >= 0 && ready[2].revents != 0) {
      const auto size = ::write(in.write, input.data(), input.size());
      input.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : input.size()); // it reads no more
      if (input.empty())
        close_end(in.write);
    }
    for (auto [end, into, what] :
         {std::tuple{&out.read, &said, ready[0].revents}, {&err.read, &complained, ready[1].revents}}) {
      char buffer[1U << 14U];
      if (*end < 0 || what == 0)
        continue;
      const auto size = ::read(*end, buffer, sizeof buffer);
      if (size > 0)
        into->append(buffer, static_cast<std::size_t>(size));
      else if (size == 0 || errno != EINTR)
        close_end(*end);
    }
  }
  close_end(in.write);
}

std::string last_line(std::string text) {
  while (text.ends_with('\n'))
    text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

} // namespace

result<std::string> ask_program(const std::vector<std::string>& argv, const std::string& input) {
  pipe_ends in, out, err;
  std::string said, complained;
  pid_t id = 0;
  int failed = EMFILE;
  if (open_pipe(in) && open_pipe(out) && open_pipe(err)) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.write, STDERR_FILENO);
    auto words = argv;
    std::vector<char*> pointers;
    for (auto& each : words)
      pointers.push_back(each.data());
    pointers.push_back(nullptr);
    failed = ::posix_spawnp(&id, pointers[0], &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  for (auto* end : {&in.read, &out.write, &err.write})
    close_end(*end);
  if (failed == 0)
    talk(in, out, err, input, said, complained);
  for (auto* end : {&in.write, &out.read, &err.read})
    close_end(*end);
  if (failed != 0)
    return {ec::not_found, fmt::format("{} can't be started: {}", argv[0], std::strerror(failed))};
  int status = 0;
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return {ec::unsupported, fmt::format("{}: {}", argv[0], complained.empty() ? "it failed" : last_line(complained))};
  return said;
}

} // namespace carillon::app
