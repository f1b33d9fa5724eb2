#pragma once

#include "carillon/runtime/node.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>

namespace carillon::app {

/// What a node tells the service manager that has started it (systemd's notify protocol, sd_notify(3)); nothing, if none has. All of
/// it on the thread that runs `io`.
///
/// Where a watchdog is wanted, the node says that it is alive twice in the time that it has, each time that its store actor has
/// answered a request: one that hangs is silent, and is started again.
class service_manager {
public:
  /// Both outlive it; `io` has been left when it goes.
  service_manager(boost::asio::io_context& io, const node& watched);

  /// Also: a reload is over.
  void ready();
  void reloading();
  void stopping();
  /// From now on nothing of it keeps `io` busy.
  void stop_watchdog();

private:
  void wait();
  void ask();

  boost::asio::io_context& io_;
  const node& watched_;
  boost::asio::steady_timer timer_;
  std::chrono::microseconds interval_{}; // 0: no watchdog
};

} // namespace carillon::app
