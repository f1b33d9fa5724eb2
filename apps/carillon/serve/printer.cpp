#include "serve/printer.hpp"

#include "cli/serve_lines.hpp"

#include <cstdio>

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
  filter.types = {event_type::job_added,          event_type::job_finished,      event_type::fire_skipped,
                  event_type::schedule_paused,    event_type::schedule_finished, event_type::stale_finish_refused,
                  event_type::record_quarantined, event_type::events_lost};
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
  const auto line = serve_line(what, ended ? &*ended : nullptr, colours_);
  broken_ = std::fwrite(line.data(), 1, line.size(), stdout) != line.size() || std::fflush(stdout) != 0;
}

} // namespace carillon::app
