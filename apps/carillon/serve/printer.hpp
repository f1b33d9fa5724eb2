#pragma once

#include "io/event_queue.hpp"

#include "carillon/runtime/node.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string_view>
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
  // What the node's callbacks share with the printer, and may hold a moment longer.
  struct bell {
    std::mutex mutex;
    std::condition_variable rung;
    bool has_events = false;
    bool is_stopping = false;
  };

  void print_all();
  void print(const event& what);
  bool write(std::string_view line);

  node& source_;
  bool colours_;
  bool broken_ = false; // nobody reads any more
  std::shared_ptr<bell> bell_ = std::make_shared<bell>();
  std::shared_ptr<event_queue> queue_;
  subscription subscription_;
  std::thread thread_;
};

} // namespace carillon::app
