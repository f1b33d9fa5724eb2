#pragma once

#include "control/routes.hpp"
#include "control/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <set>

namespace carillon::app {

using local_socket = boost::asio::local::stream_protocol::socket;

/// One client's connection. Used on the I/O thread only, and kept alive by its scope: what other threads hold is weak.
class connection {
public:
  virtual ~connection() = default;
  /// Ends what has no end of its own (an event stream, waiting for a next request); an answer under way is still given.
  virtual void finish() = 0;
};

/// What all connections of a server share. Used on the I/O thread only; outlives them.
struct connection_scope {
  boost::asio::io_context& io;
  control_context context;
  control_limits limits;
  std::set<std::shared_ptr<connection>> open{};
  bool closing = false;
};

/// Serves one client, one request after the other, until it goes or misbehaves. The scope has room for it.
void start_session(connection_scope& scope, local_socket socket);

/// Answers one client's first request with ec::unavailable, as there are too many.
void refuse_session(connection_scope& scope, local_socket socket);

/// Streams the events that `what` asks for, one JSON object a line, until the client goes or the server closes.
void start_event_stream(connection_scope& scope, local_socket socket, const event_stream_request& what);

} // namespace carillon::app
