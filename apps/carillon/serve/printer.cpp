#include "serve/printer.hpp"

#include "cli/serve_lines.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace carillon::app {
namespace {
constexpr std::size_t longest_queue = 1'000;
} // namespace

event_printer::event_printer(node& source, bool colours) : source_(source), colours_(colours) {
  queue_ = std::make_shared<event_queue>(longest_queue, [bell = bell_] {
    const std::lock_guard lock{bell->mutex};
    bell->has_events = true;
    bell->rung.notify_one();
  });
  event_filter filter;
  filter.types = {event_type::job_retry_scheduled,  event_type::job_added,          event_type::job_finished,
                  event_type::fire_skipped,         event_type::schedule_paused,    event_type::schedule_finished,
                  event_type::stale_finish_refused, event_type::record_quarantined, event_type::events_lost};
  subscription_ = source_.subscribe(filter, [queue = queue_](const event& what) { queue->push(what); });
  thread_ = std::thread{[this] { print_all(); }};
}

event_printer::~event_printer() {
  subscription_ = {};
  {
    const std::lock_guard lock{bell_->mutex};
    bell_->is_stopping = true;
    bell_->rung.notify_one();
  }
  thread_.join();
}

void event_printer::print_all() {
  bool last = false;
  while (!last) {
    {
      std::unique_lock lock{bell_->mutex};
      bell_->rung.wait(lock, [&] { return bell_->has_events || bell_->is_stopping; });
      bell_->has_events = false;
      last = bell_->is_stopping;
    }
    for (const auto& what : queue_->take())
      if (!broken_)
        print(what);
  }
}

void event_printer::print(const event& what) {
  std::optional<job> ended;
  if (what.type == event_type::job_finished && what.job)
    if (auto found = source_.find_job(*what.job).get())
      ended = std::move(*found);
  broken_ = !write(serve_line(what, ended ? &*ended : nullptr, colours_));
}

// Waits until the reader takes the line, but not for ever once the node stops. False: nobody reads any more.
bool event_printer::write(std::string_view line) {
  constexpr int moment_ms = 100;
  while (!line.empty()) {
    pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&output, 1, moment_ms);
    if (ready == 0) {
      const std::lock_guard lock{bell_->mutex};
      if (bell_->is_stopping)
        return false;
      continue;
    }
    const auto written = ready > 0 ? ::write(STDOUT_FILENO, line.data(), line.size()) : -1;
    if (written > 0)
      line.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR && errno != EAGAIN)
      return false;
  }
  return true;
}

} // namespace carillon::app
