#include "runtime/clock_watch.hpp"

#include "carillon/base/log.hpp"
#include "carillon/base/time.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace carillon::runtime {
namespace {

error failure(const char* call) {
  return {ec::unavailable, fmt::format("{}: {}", call, std::generic_category().message(errno))};
}

class kernel_alarm final : public clock_alarm {
public:
  explicit kernel_alarm(file_descriptor timer) : timer_(std::move(timer)) {}

  [[nodiscard]] int descriptor() const override { return timer_.get(); }

  [[nodiscard]] result<bool> take() override {
    std::uint64_t rings = 0;
    const bool was_cancelled = ::read(timer_.get(), &rings, sizeof rings) < 0 && errno == ECANCELED;
    auto cancelled_again = arm();
    if (!cancelled_again)
      return cancelled_again;
    return was_cancelled || *cancelled_again;
  }

  // A day ahead, and again after that: an instant that a clock can be set beyond would ring over and over then. True:
  // the clock was set since the alarm was looked at last. It is armed all the same.
  [[nodiscard]] result<bool> arm() {
    constexpr std::chrono::seconds far{24 * 60 * 60};
    const auto now = std::chrono::floor<std::chrono::seconds>(system_clock().now().wall.time_since_epoch());
    itimerspec when{};
    when.it_value.tv_sec = (now + far).count();
    if (::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr) == 0)
      return false;
    if (errno == ECANCELED)
      return true;
    return failure("timerfd_settime");
  }

private:
  file_descriptor timer_;
};

} // namespace

result<std::unique_ptr<clock_alarm>> open_clock_alarm() {
  file_descriptor timer{::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)};
  if (!timer.is_open())
    return failure("timerfd_create");
  auto opened = std::make_unique<kernel_alarm>(std::move(timer));
  if (auto armed = opened->arm(); !armed)
    return armed.err();
  return std::unique_ptr<clock_alarm>{std::move(opened)};
}

result<std::unique_ptr<clock_watch>> clock_watch::start(std::unique_ptr<clock_alarm> alarm,
                                                        std::function<void()> on_change) {
  file_descriptor ending{::eventfd(0, EFD_CLOEXEC)};
  if (!ending.is_open())
    return failure("eventfd");
  return std::unique_ptr<clock_watch>{new clock_watch{std::move(alarm), std::move(on_change), std::move(ending)}};
}

clock_watch::clock_watch(std::unique_ptr<clock_alarm> alarm, std::function<void()> on_change, file_descriptor ending)
  : alarm_(std::move(alarm)), on_change_(std::move(on_change)), ending_(std::move(ending)), thread_([this] { run(); }) {
}

clock_watch::~clock_watch() {
  const std::uint64_t one = 1;
  (void)!::write(ending_.get(), &one, sizeof one); // can't fail: nobody else writes there
  thread_.join();
}

void clock_watch::run() {
  for (;;) {
    pollfd waited[] = {{alarm_->descriptor(), POLLIN, 0}, {ending_.get(), POLLIN, 0}};
    if (::poll(waited, 2, -1) < 0) {
      if (errno == EINTR)
        continue;
      log(log_level::warning, "the clock isn't watched any more: " + failure("poll").text());
      return;
    }
    if (waited[1].revents != 0)
      return;
    const auto rang = alarm_->take();
    if (!rang) {
      log(log_level::warning, "the clock isn't watched any more: " + rang.err().text());
      return;
    }
    if (*rang)
      on_change_();
  }
}

} // namespace carillon::runtime
