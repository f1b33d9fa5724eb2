#include "control/session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <fmt/format.h>

#include <array>

namespace carillon::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr unsigned http_bad_request = 400;
constexpr unsigned http_header_too_large = 431;
constexpr int session_http_version = 11;

class session final : public connection, public std::enable_shared_from_this<session> {
public:
  session(connection_scope& scope, local_socket socket, bool refused)
    : scope_(scope), stream_(std::move(socket)), refused_(refused) {}

  void start() {
    scope_.open.insert(shared_from_this());
    watch();
    read_request();
  }

  void finish() override {
    if (reading_)
      stream_.cancel();
  }

private:
  // Completes when the client has closed its end, and not when it has only said that it sends no more.
  void watch() {
    stream_.socket().async_wait(local_socket::wait_error, [weak = weak_from_this()](beast::error_code fault) {
      const auto self = weak.lock();
      if (!self || fault)
        return;
      self->gone_ = true;
      if (self->answering_) // reading and writing notice it by themselves
        self->leave();
    });
  }

  void read_request() {
    parser_.emplace();
    parser_->header_limit(scope_.limits.header_size_bytes);
    parser_->body_limit(scope_.limits.body_size_bytes);
    stream_.expires_after(scope_.limits.request_limit);
    reading_ = true;
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code fault, std::size_t) {
                              fault ? self->on_bad_request(fault) : self->on_header();
                            });
  }

  // A client that asks first sends the body only after this, or after a second or so.
  void on_header() {
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue"))
      return read_body();
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(go_on), [self = shared_from_this()](beast::error_code fault, std::size_t) {
      fault ? self->on_bad_request(fault) : self->read_body();
    });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code fault, std::size_t) {
      fault ? self->on_bad_request(fault) : self->on_request();
    });
  }

  void on_request() {
    reading_ = false;
    const auto& message = parser_->get();
    if (refused_)
      return write(answer_with({ec::unavailable, fmt::format("the node serves {} connections already: try again later",
                                                             scope_.limits.connections)}));
    auto what = parse_target({message.target().data(), message.target().size()});
    if (!what)
      return write(answer_with(what.err()));
    control_request request{std::string{message.method_string()}, std::move(*what), std::move(parser_->get().body())};
    if (is_event_stream(request))
      return become_event_stream(request);
    answering_ = true;
    handle_control_request(scope_.context, request, [weak = weak_from_this(), &io = scope_.io](control_answer answer) {
      asio::post(io, [weak, answer = std::move(answer)]() mutable {
        if (const auto self = weak.lock())
          self->write(std::move(answer));
      });
    });
    if (gone_) // before it was read what it asked for
      leave();
  }

  void become_event_stream(const control_request& request) {
    const auto what = parse_event_stream_request(request.what);
    if (!what)
      return write(answer_with(what.err()));
    start_event_stream(scope_, stream_.release_socket(), *what);
    leave();
  }

  void on_bad_request(beast::error_code fault) {
    reading_ = false;
    const auto& limits = scope_.limits;
    last_ = true;
    if (fault == http::error::body_limit)
      write(answer_with({ec::limit_exceeded, fmt::format("the body of a request has at most {} bytes ({} MiB)",
                                                         limits.body_size_bytes, limits.body_size_bytes >> 20U)}));
    else if (fault == http::error::header_limit)
      write(answer_with(
          {ec::limit_exceeded, fmt::format("the header of a request has at most {} bytes", limits.header_size_bytes)},
          http_header_too_large));
    else if (fault.category() == make_error_code(http::error::bad_method).category() &&
             fault != http::error::end_of_stream && fault != http::error::partial_message)
      write(answer_with({ec::invalid_argument, "that is no HTTP/1.1 request: " + fault.message()}, http_bad_request));
    else
      leave(); // gone, silent for too long, or cancelled by `finish`
  }

  void write(control_answer answer) {
    answering_ = false;
    last_ = last_ || refused_ || scope_.closing || !parser_->get().keep_alive();
    response_ = {http::int_to_status(answer.status), session_http_version, std::move(answer.body)};
    if (!answer.content_type.empty())
      response_.set(http::field::content_type, answer.content_type);
    if (!answer.allow.empty())
      response_.set(http::field::allow, answer.allow);
    response_.keep_alive(!last_);
    response_.prepare_payload();
    stream_.expires_after(scope_.limits.answer_limit);
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code fault, std::size_t) {
      if (fault)
        self->leave();
      else if (self->last_)
        self->hang_up();
      else
        self->read_request();
    });
  }

  // Closing a socket that has unread input would take the answer away from the client, so the rest is read and dropped:
  // until the client closes, or the time is up.
  void hang_up() {
    beast::error_code ignored;
    stream_.socket().shutdown(local_socket::shutdown_send, ignored);
    stream_.expires_after(scope_.limits.answer_limit);
    drop_input();
  }

  void drop_input() {
    stream_.async_read_some(asio::buffer(dropped_), [self = shared_from_this()](beast::error_code fault, std::size_t) {
      fault || self->scope_.closing ? self->leave() : self->drop_input();
    });
  }

  void leave() { scope_.open.erase(shared_from_this()); }

  connection_scope& scope_;
  beast::basic_stream<asio::local::stream_protocol> stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::array<char, 1U << 16U> dropped_{};
  bool refused_;
  bool reading_ = false;
  bool answering_ = false; // an answer is waited for
  bool gone_ = false;
  bool last_ = false;
};

} // namespace

void start_session(connection_scope& scope, local_socket socket) {
  std::make_shared<session>(scope, std::move(socket), false)->start();
}

void refuse_session(connection_scope& scope, local_socket socket) {
  std::make_shared<session>(scope, std::move(socket), true)->start();
}

} // namespace carillon::app
