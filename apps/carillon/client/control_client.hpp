#pragma once

#include "api/target.hpp"
#include "client/http_client.hpp"

#include "carillon/model/value.hpp"

namespace carillon::app {

/// The control API as seen by the command line: paths and values in, values and errors out. Blocks. One thread.
class control_client {
public:
  /// Errors: as http_client::connect.
  [[nodiscard]] static result<control_client> connect(const std::string& socket_path);

  /// The document that the node answers with; null for none. `path` is what follows `/v1/`. Errors: the node's, as it says
  /// them; ec::unavailable; ec::timed_out after `limit`, which is longer than a node waits before it answers.
  [[nodiscard]] result<value> ask(std::string_view method, target what, const value& body = {},
                                  duration limit = std::chrono::seconds{60});

  /// Each event as it comes, until the node ends the stream (success) or `take` gives false.
  [[nodiscard]] result<void> follow(target what, const std::function<bool(const std::string& line)>& take);

private:
  explicit control_client(http_client http) : http_(std::move(http)) {}

  http_client http_;
};

} // namespace carillon::app
