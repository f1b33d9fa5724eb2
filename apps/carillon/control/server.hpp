#pragma once

#include "control/routes.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace carillon::app {

/// What the control server takes from a client at most; above it a problem document names the limit.
struct control_limits {
  std::uint32_t header_size_bytes = 16U << 10U;
  std::uint64_t body_size_bytes = 4U << 20U;
  std::size_t connections = 512;
  std::size_t waiting_events = 1'000;                ///< of one stream; then it gets `events_lost`
  duration request_limit = std::chrono::seconds{30}; ///< for a whole request to arrive, also from an idle connection
  duration answer_limit = std::chrono::seconds{30};  ///< for an answer, or a piece of a stream, to be taken
};

/// The control API of one node: HTTP/1.1 with JSON over a Unix socket, on one thread of its own that never blocks.
class control_server {
public:
  /// Listens on `socket_path`. Nothing is answered before `start`. Errors: those of listening_socket::open.
  [[nodiscard]] static result<control_server> open(const std::string& socket_path, control_limits limits = {});

  control_server(control_server&&) noexcept;
  control_server& operator=(control_server&&) noexcept;
  ~control_server(); ///< stops

  /// Begins to answer. The node in `context` must live until `stop` has returned.
  void start(control_context context);

  /// Takes no new connections and ends the event streams; what is asked already is still answered.
  void close();

  /// Closes all connections and ends the thread. The node must have answered every request: it is stopped before.
  void stop();

  [[nodiscard]] const std::string& path() const noexcept;

private:
  struct implementation;
  explicit control_server(std::unique_ptr<implementation> body) noexcept;
  std::unique_ptr<implementation> body_;
};

} // namespace carillon::app
