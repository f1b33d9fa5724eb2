#pragma once

#include "carillon/model/event.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace carillon::app {

/// Events on their way from the node's threads to one consumer, bounded: what a slow consumer has no room for is dropped and
/// reported to it as one `events_lost`. Any thread.
class event_queue {
public:
  /// `wake` is called, on the thread of `push`, when there is something to take where there was nothing. It must not block.
  event_queue(std::size_t capacity, std::function<void()> wake) : capacity_(capacity), wake_(std::move(wake)) {}

  void push(const event& what);

  /// What has arrived, in order. Empty: `wake` will be called.
  [[nodiscard]] std::vector<event> take();

private:
  std::size_t capacity_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::deque<event> events_;
  std::optional<event> lost_; // an events_lost that grows; it follows `events_`
};

} // namespace carillon::app
