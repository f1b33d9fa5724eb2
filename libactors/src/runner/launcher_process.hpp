#pragma once

#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"
#include "runner/launcher_wire.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace carillon {

/// The node's side of one launcher process: the process and the socket to it. It leads a session of its own, so that
/// what a terminal sends to the node's group doesn't reach it, and has no descriptor of the node's but standard error
/// and the socket.
class launcher_process {
public:
  /// Runs `argv` with the number of the socket's descriptor as one more argument. Safe in a process with threads.
  /// Errors: ec::unavailable, naming the program.
  [[nodiscard]] static result<launcher_process> spawn(const std::vector<std::string>& argv);

  [[nodiscard]] frame_socket& socket() noexcept { return socket_; }

  /// Closes the socket, which ends the launcher and all that it runs, and waits for it; after `patience` it is killed.
  /// Gives how it ended, for people.
  std::string close(duration patience);

private:
  launcher_process(pid_t pid, file_descriptor socket) : pid_(pid), socket_(std::move(socket)) {}

  pid_t pid_;
  frame_socket socket_;
};

/// `SIGTERM`, or `signal 40` for one without a name.
[[nodiscard]] std::string signal_name(int signal);

} // namespace carillon
