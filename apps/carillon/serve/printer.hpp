#pragma once

#include "io/event_queue.hpp"

#include "carillon/runtime/node.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon::app {

/// Prints a line on standard output for each fire and outcome of a node, on a thread of its own: a terminal that is slow, or
/// a pipe that nobody reads, holds nothing up. Lines that come too fast are left out, and that is said.
class event_printer {
public:
  /// `source` outlives the printer.
  event_printer(node& source, bool colours);
  /// Prints what has happened until now.
  ~event_printer();

private:
  void print_all();
  void print(const event& what);

  node& source_;
  bool colours_;
  bool broken_ = false; // nobody reads any more
  std::mutex mutex_;
  std::condition_variable woken_;
  bool has_events_ = false;
  bool stopping_ = false;
  std::shared_ptr<event_queue> queue_;
  subscription subscription_;
  std::thread thread_;
};

} // namespace carillon::app
