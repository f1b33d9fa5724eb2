#pragma once

#include "api/requests.hpp"
#include "api/target.hpp"

#include "carillon/runtime/node.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::app {

/// What the routes work on; it outlives every answer.
struct control_context {
  node& served;
  trigger_defaults defaults; ///< `now` is filled in at each request
  timestamp started_at{};
};

struct control_request {
  std::string method; ///< `GET` and the like
  target what;
  std::string body;
};

struct control_answer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow{}; ///< the methods that there are, where another one was asked for
};

/// A problem document; its HTTP status is that of the error, or another one.
[[nodiscard]] control_answer answer_with(const error& what);
[[nodiscard]] control_answer answer_with(const error& what, unsigned status);

/// Takes the one answer to a request, on any thread.
using answer_callback = std::function<void(control_answer)>;

/// One resource and method. Never blocks: answers at once or from one of the node's callbacks.
struct route {
  /// The segments of the path after `/v1`: a text, or `*` for any one segment, which becomes an argument.
  std::vector<std::string_view> path;
  std::string_view method;
  std::function<void(const control_context& context, const control_request& request,
                     const std::vector<std::string>& arguments, answer_callback answer)>
      handle;
};

/// The routes whose answers are documents.
[[nodiscard]] std::span<const route> control_routes();

/// The path of the event stream, the one resource that is no document: `GET /v1/events/stream`.
[[nodiscard]] bool is_event_stream(const control_request& request);

/// Finds the route of the request and carries it out. Unknown paths are ec::not_found; a known path with another method is
/// answered with status 405 and the methods that it has.
void handle_control_request(const control_context& context, const control_request& request, answer_callback answer);

/// The longest that one request waits for a job; a client asks again.
inline constexpr duration longest_wait = std::chrono::seconds{30};

} // namespace carillon::app
