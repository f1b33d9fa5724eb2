#include "serve/service_manager.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>

#include <systemd/sd-daemon.h>

namespace carillon::app {
namespace {

// CLOCK_MONOTONIC is what systemd compares a reload by.
std::string monotonic_microseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

} // namespace

service_manager::service_manager(boost::asio::io_context& io, const node& watched)
  : io_(io), watched_(watched), timer_(io) {
  std::uint64_t limit = 0;
  if (::sd_watchdog_enabled(0, &limit) > 0)
    interval_ = std::chrono::microseconds{limit / 2};
  if (interval_.count() > 0)
    wait();
}

void service_manager::ready() {
  ::sd_notify(0, fmt::format("READY=1\nSTATUS=node {} runs", watched_.config().name).c_str());
}

void service_manager::reloading() {
  ::sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds()).c_str());
}

void service_manager::stopping() { ::sd_notify(0, "STOPPING=1\nSTATUS=stopping"); }

void service_manager::stop_watchdog() {
  interval_ = {};
  timer_.cancel();
}

void service_manager::wait() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code failed) {
    if (!failed && interval_.count() > 0)
      ask();
  });
}

// There is no such job, and only the store actor can say so. A node whose store is somebody else's is well while that one is lost.
void service_manager::ask() {
  watched_.explain_job(job_id{}).then([this](const result<job_explanation>& answer) {
    if (!answer && answer.err().code() == ec::timed_out)
      return; // it hangs: silence
    boost::asio::post(io_, [this] {
      if (interval_.count() == 0)
        return;
      ::sd_notify(0, "WATCHDOG=1");
      wait();
    });
  });
}

} // namespace carillon::app
