#include "api/views.hpp"
#include "control/session.hpp"
#include "io/event_queue.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>

namespace carillon::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr int stream_http_version = 11;

class event_stream final : public connection, public std::enable_shared_from_this<event_stream> {
public:
  event_stream(connection_scope& scope, local_socket socket)
    : scope_(scope), stream_(std::move(socket)), end_(scope.io), header_(http::status::ok, stream_http_version),
      serializer_(header_) {}

  void start(const event_stream_request& what) {
    scope_.open.insert(shared_from_this());
    left_to_write_ = what.count;
    if (what.timeout)
      end_after(*what.timeout);
    auto wake = [weak = weak_from_this(), &io = scope_.io] {
      asio::post(io, [weak] {
        if (const auto self = weak.lock())
          self->write_events();
      });
    };
    queue_ = std::make_shared<event_queue>(scope_.limits.waiting_events, std::move(wake));
    watch();
    write_header();
    subscription_ = scope_.context.served.subscribe(
        what.filter, [queue = queue_](const event& happened) { queue->push(happened); }, what.since);
  }

  void finish() override {
    finishing_ = true;
    if (!writing_)
      write_end();
  }

private:
  void end_after(duration timeout) {
    end_.expires_after(std::min<duration>(timeout, std::chrono::years{100})); // asio counts nanoseconds
    end_.async_wait([weak = weak_from_this()](beast::error_code cancelled) {
      if (const auto self = weak.lock(); self && !cancelled)
        self->finish();
    });
  }

  // A client sends nothing more: this notices that it has gone, without a time limit.
  void watch() {
    stream_.async_read_some(asio::buffer(dropped_), [self = shared_from_this()](beast::error_code fault, std::size_t) {
      fault ? self->leave() : self->watch();
    });
  }

  void write_header() {
    header_.set(http::field::content_type, "application/x-ndjson");
    header_.keep_alive(false);
    header_.chunked(true);
    begin_write();
    http::async_write_header(stream_, serializer_, [self = shared_from_this()](beast::error_code fault, std::size_t) {
      self->end_write(fault);
    });
  }

  void write_events() {
    if (writing_ || left_)
      return;
    text_.clear();
    for (const auto& happened : queue_->take()) {
      if (left_to_write_ == 0U)
        break;
      text_ += to_json_text(view_of(happened)) + "\n";
      if (left_to_write_)
        --*left_to_write_;
    }
    finishing_ = finishing_ || left_to_write_ == 0U;
    if (text_.empty())
      return finishing_ ? write_end() : void();
    begin_write();
    asio::async_write(stream_, http::make_chunk(asio::buffer(text_)),
                      [self = shared_from_this()](beast::error_code fault, std::size_t) { self->end_write(fault); });
  }

  void write_end() {
    begin_write();
    asio::async_write(stream_, http::make_chunk_last(),
                      [self = shared_from_this()](beast::error_code, std::size_t) { self->leave(); });
  }

  void begin_write() {
    writing_ = true;
    stream_.expires_after(scope_.limits.answer_limit); // a reader that takes nothing for so long is cut
  }

  void end_write(beast::error_code fault) {
    writing_ = false;
    fault ? leave() : write_events();
  }

  void leave() {
    if (std::exchange(left_, true))
      return;
    subscription_ = {};
    end_.cancel();
    stream_.close();
    scope_.open.erase(shared_from_this());
  }

  connection_scope& scope_;
  beast::basic_stream<asio::local::stream_protocol> stream_;
  asio::steady_timer end_;
  std::optional<std::uint64_t> left_to_write_; // none: no limit
  http::response<http::empty_body> header_;
  http::response_serializer<http::empty_body> serializer_;
  std::shared_ptr<event_queue> queue_;
  subscription subscription_;
  std::string text_;
  std::array<char, 64> dropped_{};
  bool writing_ = false;
  bool finishing_ = false;
  bool left_ = false;
};

} // namespace

void start_event_stream(connection_scope& scope, local_socket socket, const event_stream_request& what) {
  std::make_shared<event_stream>(scope, std::move(socket))->start(what);
}

} // namespace carillon::app
