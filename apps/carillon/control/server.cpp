#include "control/server.hpp"

#include "control/session.hpp"
#include "io/listening_socket.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <spdlog/spdlog.h>

#include <fcntl.h>

#include <future>
#include <optional>
#include <thread>
#include <vector>

namespace carillon::app {
namespace asio = boost::asio;

struct control_server::implementation {
  implementation(listening_socket opened, const control_limits& bounds)
    : path(opened.path()), listening(std::move(opened)), limits(bounds) {}
  ~implementation() { stop(); }

  void start(control_context context) {
    scope.emplace(connection_scope{io, std::move(context), limits});
    // The acceptor owns a copy of the descriptor.
    acceptor.assign(asio::local::stream_protocol{}, ::fcntl(listening->descriptor(), F_DUPFD_CLOEXEC, 0));
    accept();
    thread = std::thread{[this] {
      io.run();
      ended.set_value();
    }};
  }

  void accept() {
    acceptor.async_accept([this](boost::system::error_code fault, local_socket socket) {
      if (fault == asio::error::operation_aborted || !acceptor.is_open())
        return;
      if (fault)
        return accept_later(fault);
      if (scope->open.size() < limits.connections)
        start_session(*scope, std::move(socket));
      else if (scope->open.size() < 2 * limits.connections)
        refuse_session(*scope, std::move(socket));
      accept();
    });
  }

  // Out of file descriptors, most likely: trying at once would only burn the processor.
  void accept_later(const boost::system::error_code& fault) {
    spdlog::warn("the control socket can't accept a connection: {}", fault.message());
    timer.expires_after(std::chrono::seconds{1});
    timer.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled)
        accept();
    });
  }

  void close() {
    if (!thread.joinable())
      return;
    std::promise<void> closed;
    asio::post(io, [&] {
      close_here();
      closed.set_value();
    });
    closed.get_future().wait();
  }

  void close_here() {
    if (std::exchange(scope->closing, true))
      return;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    listening.reset(); // both descriptors: else clients would wait in vain to be accepted
    timer.cancel();
    const std::vector<std::shared_ptr<connection>> all{scope->open.begin(), scope->open.end()};
    for (const auto& each : all)
      each->finish();
  }

  void stop() {
    if (!thread.joinable())
      return;
    close();
    asio::post(io, [this] { requests_may_come.reset(); });
    // The thread ends with the last connection. Clients that don't go are cut.
    if (ended.get_future().wait_for(std::chrono::seconds{1}) != std::future_status::ready)
      io.stop();
    thread.join();
    scope->open.clear();
  }

  std::string path;
  std::optional<listening_socket> listening;
  control_limits limits;
  asio::io_context io{1};
  asio::local::stream_protocol::acceptor acceptor{io};
  asio::steady_timer timer{io};
  asio::executor_work_guard<asio::io_context::executor_type> requests_may_come{io.get_executor()}; // or their answers
  std::optional<connection_scope> scope;
  std::promise<void> ended;
  std::thread thread;
};

control_server::control_server(std::unique_ptr<implementation> body) noexcept : body_(std::move(body)) {}
control_server::control_server(control_server&&) noexcept = default;
control_server& control_server::operator=(control_server&&) noexcept = default;
control_server::~control_server() = default;

result<control_server> control_server::open(const std::string& socket_path, control_limits limits) {
  auto socket = listening_socket::open(socket_path);
  if (!socket)
    return socket.err();
  return control_server{std::make_unique<implementation>(std::move(*socket), limits)};
}

void control_server::start(control_context context) { body_->start(std::move(context)); }
void control_server::close() { body_->close(); }
const std::string& control_server::path() const noexcept { return body_->path; }
void control_server::stop() { body_->stop(); }

} // namespace carillon::app
