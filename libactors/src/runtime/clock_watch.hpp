#pragma once

#include "base/file_descriptor.hpp"
#include "carillon/base/result.hpp"

#include <functional>
#include <memory>
#include <thread>

namespace carillon::runtime {

/// What says that the machine's wall clock was set, or that the machine has slept. Used by one thread.
class clock_alarm {
public:
  virtual ~clock_alarm() = default;
  /// Readable when something may have happened.
  [[nodiscard]] virtual int descriptor() const = 0;
  /// After that: whether it has; waits for the next time.
  [[nodiscard]] virtual result<bool> take() = 0;
};

/// The kernel's: a timer that is far away and is cancelled when the clock is set, also by waking up (timerfd_create(2),
/// TFD_TIMER_CANCEL_ON_SET). Errors: ec::unavailable, on kernels and in sandboxes that have none.
[[nodiscard]] result<std::unique_ptr<clock_alarm>> open_clock_alarm();

/// A thread that sleeps until the alarm rings, and then calls `on_change`. Ends with the object. An alarm that fails
/// ends it too, with a line in the log: the look that a scheduler takes once a minute remains.
class clock_watch {
public:
  /// Errors: ec::unavailable when there are no descriptors left.
  [[nodiscard]] static result<std::unique_ptr<clock_watch>> start(std::unique_ptr<clock_alarm> alarm,
                                                                  std::function<void()> on_change);
  ~clock_watch();
  clock_watch(const clock_watch&) = delete;
  clock_watch& operator=(const clock_watch&) = delete;

private:
  clock_watch(std::unique_ptr<clock_alarm> alarm, std::function<void()> on_change, file_descriptor ending);
  void run();

  std::unique_ptr<clock_alarm> alarm_;
  std::function<void()> on_change_;
  file_descriptor ending_; // an eventfd: readable when the thread is to end
  std::thread thread_;
};

} // namespace carillon::runtime
