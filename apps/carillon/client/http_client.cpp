#include "client/http_client.hpp"

#include "io/listening_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <fmt/format.h>

#include <optional>

namespace carillon::app {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {
constexpr int http_1_1 = 11;
} // namespace

struct http_client::implementation {
  using parser_type = http::response_parser<http::string_body>;

  // Runs one operation to its end: the way to have a time limit with calls that block.
  template <class F>
  beast::error_code run(std::optional<duration> limit, F start) {
    beast::error_code outcome;
    limit ? stream.expires_after(*limit) : stream.expires_never();
    start([&outcome](beast::error_code fault, std::size_t = 0) { outcome = fault; });
    io.restart();
    io.run();
    return outcome;
  }

  error to_error(const beast::error_code& fault) const {
    if (fault == beast::error::timeout)
      return {ec::timed_out,
              fmt::format("the node on {} didn't answer in time; the request may have been carried out", path)};
    return {ec::unavailable, fmt::format("lost the node on {}: {}", path, fault.message())};
  }

  beast::error_code send(std::string_view method, const std::string& target, std::string body,
                         std::optional<duration> limit) {
    http::request<http::string_body> request;
    request.method_string({method.data(), method.size()});
    request.target({target.data(), target.size()});
    request.version(http_1_1);
    request.set(http::field::host, "carillon");
    if (!body.empty())
      request.set(http::field::content_type, "application/json");
    request.body() = std::move(body);
    request.prepare_payload();
    return run(limit, [&](auto done) { http::async_write(stream, request, done); });
  }

  // A node that refuses a request answers before it has read all of it, so a failed write isn't the end.
  result<http_answer> receive(const beast::error_code& sent, std::optional<duration> limit) {
    parser_type parser;
    parser.body_limit(boost::none);
    const auto fault = run(limit, [&](auto done) { http::async_read(stream, buffer, parser, done); });
    if (fault)
      return to_error(sent ? sent : fault);
    return http_answer{parser.get().result_int(), std::move(parser.get().body())};
  }

  std::string path;
  asio::io_context io{1};
  beast::basic_stream<asio::local::stream_protocol> stream{io};
  beast::flat_buffer buffer;
};

http_client::http_client(std::unique_ptr<implementation> body) noexcept : body_(std::move(body)) {}
http_client::http_client(http_client&&) noexcept = default;
http_client& http_client::operator=(http_client&&) noexcept = default;
http_client::~http_client() = default;

result<http_client> http_client::connect(const std::string& socket_path) {
  if (auto checked = check_socket_path(socket_path); !checked)
    return checked.err();
  auto body = std::make_unique<implementation>();
  body->path = socket_path;
  beast::error_code fault;
  body->stream.socket().connect(asio::local::stream_protocol::endpoint{socket_path}, fault);
  if (fault)
    return {ec::unavailable,
            fmt::format(
                "no node to be reached on {}: {}. Start one with `carillon serve`, or name its socket with --socket "
                "or CARILLON_SOCKET",
                socket_path, fault.message())};
  return http_client{std::move(body)};
}

result<http_answer> http_client::ask(std::string_view method, const std::string& target, std::string body,
                                     duration limit) {
  const auto sent = body_->send(method, target, std::move(body), limit);
  return body_->receive(sent, limit);
}

result<http_answer> http_client::stream(const std::string& target, const std::function<bool(std::string_view)>& take) {
  auto& self = *body_;
  if (const auto sent = self.send("GET", target, {}, std::nullopt))
    return self.to_error(sent);
  implementation::parser_type parser;
  parser.body_limit(boost::none);
  std::string text;
  bool enough = false;
  // Called with each piece as it comes; the parser gives a whole chunk only when the next one begins.
  auto on_piece = [&](std::uint64_t, beast::string_view piece, beast::error_code& fault) {
    text.append(piece.data(), piece.size());
    std::size_t begin = 0;
    for (auto end = text.find('\n'); !enough && end != std::string::npos; end = text.find('\n', begin)) {
      enough = !take(std::string_view{text}.substr(begin, end - begin));
      begin = end + 1;
    }
    text.erase(0, begin);
    fault = enough ? asio::error::operation_aborted : beast::error_code{};
    return piece.size();
  };
  parser.on_chunk_body(on_piece);
  const auto fault =
      self.run(std::nullopt, [&](auto done) { http::async_read(self.stream, self.buffer, parser, done); });
  if (fault && !enough)
    return self.to_error(fault);
  return http_answer{parser.get().result_int(), std::move(parser.get().body())};
}

} // namespace carillon::app
