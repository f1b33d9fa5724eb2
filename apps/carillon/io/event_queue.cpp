#include "io/event_queue.hpp"

#include <algorithm>
#include <iterator>

namespace carillon::app {

void event_queue::push(const event& what) {
  bool was_empty = false;
  {
    const std::lock_guard lock{mutex_};
    was_empty = events_.empty() && !lost_;
    if (!lost_ && events_.size() < capacity_) {
      events_.push_back(what);
    } else {
      if (!lost_) {
        lost_.emplace();
        lost_->type = event_type::events_lost;
        lost_->number = what.number;
        lost_->at = what.at;
        lost_->text = "the reader was too slow: read the state";
      }
      lost_->last_lost = std::max({lost_->last_lost, what.number, what.last_lost});
    }
  }
  if (was_empty)
    wake_();
}

std::vector<event> event_queue::take() {
  const std::lock_guard lock{mutex_};
  std::vector<event> taken{std::make_move_iterator(events_.begin()), std::make_move_iterator(events_.end())};
  events_.clear();
  if (lost_) {
    taken.push_back(std::move(*lost_));
    lost_.reset();
  }
  return taken;
}

} // namespace carillon::app
