#include "system/http_server_of_a_test.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/socket.h>

namespace carillon_tests {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::chrono::seconds long_enough{60};

using message = http::request<http::string_body>;
using answer = http::response<http::string_body>;

std::size_t number_after(const std::string& path, const std::string& prefix) {
  return std::stoul(path.substr(prefix.size()));
}

answer make_answer(const message& asked, int status, std::string body = {}) {
  answer made{static_cast<http::status>(status), asked.version(), std::move(body)};
  made.keep_alive(asked.keep_alive());
  made.content_length(made.body().size());
  return made;
}

answer answer_to(const message& asked) {
  const std::string path{asked.target()};
  const auto redirect = [&](const std::string& to) {
    auto made = make_answer(asked, 302);
    made.set(http::field::location, to);
    return made;
  };
  if (path.starts_with("/status/"))
    return make_answer(asked, static_cast<int>(number_after(path, "/status/")));
  if (path.starts_with("/redirect/")) {
    const auto left = number_after(path, "/redirect/");
    return redirect(left == 0 ? "/echo" : "/redirect/" + std::to_string(left - 1));
  }
  if (path.starts_with("/to/"))
    return redirect(path.substr(std::string{"/to/"}.size()));
  if (path.starts_with("/large/"))
    return make_answer(asked, 200, std::string(number_after(path, "/large/"), 'x'));
  if (path.starts_with("/text/")) {
    std::string text;
    for (auto left = number_after(path, "/text/"); left > 0; --left)
      text += "\u00e4";
    return make_answer(asked, 200, text);
  }
  if (path == "/bytes")
    return make_answer(asked, 200, "\xff\xfe");
  if (path.starts_with("/headers/")) {
    auto made = make_answer(asked, 200);
    for (auto left = number_after(path, "/headers/"); left > 0; --left)
      made.set("X-" + std::to_string(left), std::string(200, 'h'));
    return made;
  }
  auto made = make_answer(asked, path == "/echo" ? 200 : 404, asked.body());
  made.set("X-Answer", "yes");
  made.insert("X-Twice", "one");
  made.insert("X-Twice", "two");
  return made;
}

} // namespace

struct http_server::implementation {
  explicit implementation(security how) : secured(how == security::self_signed) {
    if (!secured)
      return;
    const std::string folder = CARILLON_TEST_DATA "/http/";
    context.use_certificate_chain_file(folder + "localhost.pem");
    context.use_private_key_file(folder + "localhost.key", asio::ssl::context::pem);
  }

  void listen() {
    while (true) {
      boost::system::error_code fault;
      tcp::socket socket{io};
      acceptor.accept(socket, fault);
      if (fault)
        return;
      const std::lock_guard guard{mutex};
      if (is_closing)
        return;
      open.push_back(socket.native_handle());
      threads.emplace_back([this, socket = std::move(socket)]() mutable { serve(std::move(socket)); });
    }
  }

  void serve(tcp::socket socket) {
    const auto handle = socket.native_handle();
    if (secured) {
      asio::ssl::stream<tcp::socket&> stream{socket, context};
      boost::system::error_code fault;
      stream.handshake(asio::ssl::stream_base::server, fault);
      if (!fault)
        talk(stream);
    } else
      talk(socket);
    const std::lock_guard guard{mutex};
    std::erase(open, handle); // before it is closed, and its number another's
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  template <class Stream>
  void talk(Stream& stream) {
    beast::flat_buffer buffer;
    boost::system::error_code fault;
    while (true) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(64 << 20);
      http::read(stream, buffer, parser, fault);
      if (fault)
        return;
      const auto asked = parser.release();
      note(asked);
      if (asked.target() == "/hangup")
        return;
      if (asked.target() == "/silent" || asked.target() == "/slow")
        return wait_for_its_end(stream, asked.target() == "/slow");
      auto made = answer_to(asked);
      if (asked.method() == http::verb::head)
        made.body().clear();
      http::serializer<false, http::string_body> writer{made};
      if (asked.method() == http::verb::head)
        http::write_header(stream, writer, fault);
      else
        http::write(stream, writer, fault);
      if (fault || !made.keep_alive())
        return;
    }
  }

  template <class Stream>
  void wait_for_its_end(Stream& stream, bool is_half) {
    boost::system::error_code fault;
    const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345";
    if (is_half)
      asio::write(stream, asio::buffer(half), fault);
    char sent = 0;
    while (!fault)
      stream.read_some(asio::buffer(&sent, 1), fault);
    const std::lock_guard guard{mutex};
    ++gone;
    changed.notify_all();
  }

  void note(const message& asked) {
    request seen;
    seen.method = std::string{asked.method_string()};
    seen.path = std::string{asked.target()};
    seen.body = asked.body();
    for (const auto& field : asked) {
      std::string name{field.name_string()};
      std::ranges::transform(name, name.begin(), [](char x) { return static_cast<char>(std::tolower(x)); });
      seen.headers[name] = std::string{field.value()};
    }
    const std::lock_guard guard{mutex};
    ++count;
    requests.push_back(std::move(seen));
    changed.notify_all();
  }

  void close() {
    ::shutdown(acceptor.native_handle(), SHUT_RDWR);
    {
      const std::lock_guard guard{mutex};
      is_closing = true;
      for (const auto handle : open)
        ::shutdown(handle, SHUT_RDWR);
    }
    listener.join();
    for (auto& one : threads)
      one.join();
  }

  const bool secured;
  asio::io_context io;
  asio::ssl::context context{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  std::mutex mutex; // guards what follows, but for `listener`
  std::condition_variable changed;
  std::deque<request> requests;
  std::size_t count = 0;
  std::size_t gone = 0;
  bool is_closing = false;
  std::vector<int> open;
  std::vector<std::thread> threads;
  std::thread listener;
};

http_server::http_server(security how) : body_(std::make_unique<implementation>(how)) {
  ::setenv("no_proxy", "*", 1); // whatever proxy this machine has, it isn't asked for this server
  body_->listener = std::thread{[this] { body_->listen(); }};
}
http_server::~http_server() { body_->close(); }

unsigned short http_server::port() const { return body_->acceptor.local_endpoint().port(); }

std::string http_server::url(const std::string& path) const {
  return (body_->secured ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port()) + path;
}

http_server::request http_server::next() {
  std::unique_lock lock{body_->mutex};
  BOOST_REQUIRE(body_->changed.wait_for(lock, long_enough, [this] { return !body_->requests.empty(); }));
  auto first = std::move(body_->requests.front());
  body_->requests.pop_front();
  return first;
}

std::size_t http_server::count() const {
  const std::lock_guard guard{body_->mutex};
  return body_->count;
}

bool http_server::have_gone(std::size_t clients) {
  std::unique_lock lock{body_->mutex};
  return body_->changed.wait_for(lock, long_enough, [&] { return body_->gone >= clients; });
}

} // namespace carillon_tests
