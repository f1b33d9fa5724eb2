#include "engine/event_log.hpp"

#include "carillon/model/limits.hpp"

#include "base/page_limit.hpp"

#include <algorithm>
#include <charconv>

namespace carillon::engine {

void event_log::append(std::vector<event> events) {
  if (!events.empty() && !std::exchange(has_begun_, true)) { // what an earlier process has published isn't here
    forgotten_ = events.front().number - 1;
    for (auto& [who, from] : readers_)
      if (from.wants_older && from.seen < forgotten_)
        from.lost = lost_before(from.seen, first_);
  }
  for (auto& what : events) {
    if (ring_.size() == capacity_) {
      forgotten_ = ring_.front().number;
      ring_.pop_front();
      ++first_;
    }
    ring_.push_back(std::move(what));
  }
}

event event_log::lost_before(revision from, std::uint64_t position) const {
  event lost;
  lost.type = event_type::events_lost;
  lost.number = from + 1;
  lost.last_lost = forgotten_;
  if (position < end())
    lost.at = ring_[position - first_].at;
  return lost;
}

revision event_log::all_before(std::uint64_t position) const {
  const auto last = position > first_ ? ring_[position - first_ - 1].number : forgotten_;
  const bool has_more = position < end() && ring_[position - first_].number == last;
  return has_more ? last - 1 : last;
}

std::pair<std::uint64_t, std::optional<event>> event_log::find(revision since) const {
  const auto found = std::upper_bound(ring_.begin(), ring_.end(), since,
                                      [](revision number, const event& what) { return number < what.number; });
  const auto position = first_ + static_cast<std::uint64_t>(found - ring_.begin());
  if (since < forgotten_)
    return {position, lost_before(since, position)};
  return {position, std::nullopt};
}

void event_log::subscribe(subscriber who, event_filter filter, std::optional<revision> since) {
  auto [position, lost] = since ? find(*since) : std::pair{end(), std::optional<event>{}};
  const auto seen = since.value_or(all_before(position));
  readers_[who] = reader{std::move(filter), position, seen, since.has_value(), 0, std::move(lost)};
}

void event_log::unsubscribe(subscriber who) { readers_.erase(who); }

void event_log::acknowledge(subscriber who, std::size_t count) {
  if (const auto found = readers_.find(who); found != readers_.end())
    found->second.under_way -= std::min(count, found->second.under_way);
}

void event_log::fill(delivery& out, reader& from) const {
  const auto put = [&](const event& what) {
    out.events.push_back(what);
    ++from.under_way;
  };
  if (from.under_way < window_ && from.lost) {
    put(*from.lost);
    from.lost.reset();
  }
  const auto before = from.position;
  if (from.under_way < window_ && from.position < first_) { // fell behind while its window was full
    put(lost_before(from.seen, first_));
    from.position = first_;
  }
  for (; from.under_way < window_ && from.position < end(); ++from.position)
    if (const auto& what = ring_[from.position - first_]; from.filter.matches(what))
      put(what);
  if (from.position != before)
    from.seen = all_before(from.position);
}

std::vector<event_log::delivery> event_log::take_deliveries() {
  std::vector<delivery> all;
  for (auto& [who, from] : readers_) {
    delivery out{who, {}};
    fill(out, from);
    if (!out.events.empty())
      all.push_back(std::move(out));
  }
  return all;
}

result<page<event>> event_log::read(const event_filter& filter, const page_request& request) const {
  if (const auto checked = check_page_limit(request.limit, limits{}.page_items); !checked)
    return checked.err();
  revision since = 0;
  const auto* after = request.after.data();
  const auto* after_end = after + request.after.size();
  if (const auto parsed = std::from_chars(after, after_end, since);
      after != after_end && (parsed.ec != std::errc{} || parsed.ptr != after_end))
    return {ec::invalid_argument, "page: `after` isn't the number of an event"};
  auto [position, lost] = find(since);
  page<event> out;
  if (lost)
    out.items.push_back(std::move(*lost));
  // All events of one transition have one number: a page ends between numbers, so that the cursor can be a number.
  const auto last = [&] { return std::max(out.items.back().number, out.items.back().last_lost); };
  for (; position < end(); ++position) {
    const auto& what = ring_[position - first_];
    if (out.items.size() >= request.limit && !out.items.empty() && last() != what.number) {
      out.next = std::to_string(last());
      break;
    }
    if (filter.matches(what))
      out.items.push_back(what);
  }
  return out;
}

} // namespace carillon::engine
