#pragma once

#include "carillon/model/event.hpp"
#include "carillon/store/data_store.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace carillon::engine {

/// The newest events, and how far each subscriber has got (decision 13). A subscriber that doesn't acknowledge gets no
/// more than its window; what it missed when it goes on is one `events_lost`. Pure. Ordered by (number, index).
class event_log {
public:
  using subscriber = std::uint64_t;

  struct delivery {
    subscriber to;
    std::vector<event> events;
  };

  static constexpr std::size_t default_capacity = 65'536;
  static constexpr std::size_t default_window = 1'000;

  explicit event_log(std::size_t capacity = default_capacity, std::size_t window = default_window)
    : capacity_(capacity), window_(window) {}

  /// Adds committed events, which are newer than all before.
  void append(std::vector<event> events);

  /// From the events after number `since`; none: from those to come. What is gone already shows as `events_lost`.
  void subscribe(subscriber who, event_filter filter, std::optional<revision> since);
  void unsubscribe(subscriber who);
  /// The subscriber has dealt with `count` events.
  void acknowledge(subscriber who, std::size_t count);

  /// What can be delivered now; each event is given once.
  [[nodiscard]] std::vector<delivery> take_deliveries();

  /// The events after number `request.after`, oldest first, with a first `events_lost` if some are gone. Errors: see page_request.
  [[nodiscard]] result<page<event>> read(const event_filter& filter, const page_request& request) const;

private:
  struct reader {
    event_filter filter;
    std::uint64_t position;    // sequence number of the next event to look at
    revision seen;             // number up to which all have been looked at
    bool wants_older;          // said since when
    std::size_t under_way = 0; // delivered and not acknowledged
    std::optional<event> lost; // found when subscribing
  };

  [[nodiscard]] std::uint64_t end() const noexcept { return first_ + ring_.size(); }
  /// The number up to which all events lie before this place: a place may be within a transition, whose events have one number.
  [[nodiscard]] revision all_before(std::uint64_t position) const;
  /// The first event after `since`, and what was lost before it.
  [[nodiscard]] std::pair<std::uint64_t, std::optional<event>> find(revision since) const;
  [[nodiscard]] event lost_before(revision from, std::uint64_t position) const;
  void fill(delivery& out, reader& from) const;

  std::size_t capacity_;
  std::size_t window_;
  std::deque<event> ring_;
  std::uint64_t first_ = 0; // sequence number of ring_.front()
  revision forgotten_ = 0;  // the newest number that isn't in the ring any more
  bool has_begun_ = false;
  std::map<subscriber, reader> readers_;
};

} // namespace carillon::engine
