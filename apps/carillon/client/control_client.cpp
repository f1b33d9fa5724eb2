#include "client/control_client.hpp"

#include "api/problem.hpp"

namespace carillon::app {
namespace {

constexpr unsigned first_refusing_status = 300;

std::string versioned(target what) {
  what.segments.insert(what.segments.begin(), "v1");
  return write_target(what);
}

} // namespace

result<control_client> control_client::connect(const std::string& socket_path) {
  auto http = http_client::connect(socket_path);
  return http ? result<control_client>{control_client{std::move(*http)}} : http.err();
}

result<value> control_client::ask(std::string_view method, target what, const value& body, duration limit) {
  auto answer =
      http_.ask(method, versioned(std::move(what)), body.is_null() ? std::string{} : to_json_text(body), limit);
  if (!answer)
    return answer.err();
  if (answer->status >= first_refusing_status)
    return parse_problem(answer->status, answer->body);
  if (answer->body.empty())
    return value{};
  auto document = parse_json_text(answer->body);
  return document ? std::move(document) : error{ec::internal, "the node's answer is no JSON: " + document.err().text()};
}

result<void> control_client::follow(target what, const std::function<bool(const std::string& line)>& take) {
  auto answer =
      http_.stream(versioned(std::move(what)), [&](std::string_view line) { return take(std::string{line}); });
  if (!answer)
    return answer.err();
  return answer->status >= first_refusing_status ? result<void>{parse_problem(answer->status, answer->body)}
                                                 : result<void>{};
}

} // namespace carillon::app
