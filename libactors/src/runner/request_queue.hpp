#pragma once

#include <deque>
#include <mutex>
#include <utility>

namespace carillon {

/// What other threads want of a runner's own thread, in their order. Whoever adds something wakes that thread.
template <class Request>
class request_queue {
public:
  void push(Request what) {
    const std::lock_guard guard{mutex_};
    requests_.push_back(std::move(what));
  }
  /// The runner ends.
  void close() {
    const std::lock_guard guard{mutex_};
    is_closed_ = true;
  }
  /// Calls `take` with each that has come. False: it was closed.
  template <class Take>
  [[nodiscard]] bool take_all(Take take) {
    std::unique_lock lock{mutex_};
    auto requests = std::exchange(requests_, {});
    const bool is_closed = is_closed_;
    lock.unlock();
    for (auto& one : requests)
      take(std::move(one));
    return !is_closed;
  }

private:
  std::mutex mutex_; // guards what follows
  std::deque<Request> requests_;
  bool is_closed_ = false;
};

} // namespace carillon
