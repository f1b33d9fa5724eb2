#include "keyed/rate_table.hpp"

#include "carillon/base/assert.hpp"
#include "keyed/record_format.hpp"

#include <algorithm>

namespace carillon::keyed {
namespace {

constexpr char of_key = 'k';
constexpr char of_task = 't';

std::string name_of(char kind, std::string_view name) { return std::string{kind} + std::string{name}; }

} // namespace

void rate_table::log::add(duration at, std::uint32_t count) {
  total += count;
  if (!starts.empty() && starts.back().at >= at)
    starts.back().total = total;
  else
    starts.push_back({at, total});
}

std::uint64_t rate_table::log::used(duration per, duration boot) const {
  const auto first = std::ranges::upper_bound(starts, boot - per, {}, &start::at);
  const auto before = first == starts.begin() ? dropped : std::prev(first)->total;
  return total - before;
}

// When so many have left the span that another one fits: with the start that is the `count`-th from the last.
duration rate_table::log::opens_at(const start_rate& rate) const {
  if (total - dropped < rate.count) // it is open already
    return duration{0};
  const auto last_to_leave = std::ranges::upper_bound(starts, total - rate.count, {}, &start::total);
  CARILLON_ASSERT(last_to_leave != starts.end());
  return last_to_leave->at + rate.per;
}

rate_table::number rate_table::acquire(const rate_limit& what) {
  const auto [place, is_new] = numbers_.try_emplace({what.key, what.rate.count, what.rate.per}, number{0});
  if (is_new) {
    if (free_.empty()) {
      entries_.emplace_back();
      free_.push_back(static_cast<number>(entries_.size()));
    }
    place->second = free_.back();
    free_.pop_back();
    auto& added = entries_[place->second - 1];
    added = {name_of(of_key, what.key), what.rate, 0};
    auto& of = logs_[added.name];
    ++of.users;
    of.longest = std::max(of.longest, what.rate.per);
  }
  ++entries_[place->second - 1].jobs;
  return place->second;
}

void rate_table::release(number x) {
  auto& of = entries_[x - 1];
  if (--of.jobs > 0)
    return;
  --logs_[of.name].users;
  numbers_.erase({of.name.substr(1), of.rate.count, of.rate.per});
  std::erase_if(closed_, [&](const closed& one) { return std::get<3>(one) == x; });
  free_.push_back(x);
}

rate_table::number rate_table::find(const rate_limit& what) const noexcept {
  const auto found = numbers_.find({what.key, what.rate.count, what.rate.per});
  return found == numbers_.end() ? 0 : found->second;
}

bool rate_table::has_room(const std::string& name, const start_rate& rate, number whose, duration boot) {
  const auto found = logs_.find(name);
  if (found == logs_.end())
    return true;
  found->second.longest = std::max(found->second.longest, rate.per);
  if (found->second.used(rate.per, boot) < rate.count)
    return true;
  closed_.emplace(name, rate.count, rate.per, whose);
  return false;
}

bool rate_table::has_room(number x, duration boot) {
  const auto& of = entries_[x - 1];
  return has_room(of.name, of.rate, x, boot);
}

bool rate_table::has_room(const std::string& task, const start_rate& rate, duration boot) {
  return has_room(name_of(of_task, task), rate, 0, boot);
}

void rate_table::note(const std::string& name, const start_rate& rate, duration boot) {
  auto& of = logs_[name];
  of.longest = std::max(of.longest, rate.per);
  // Of those that began earlier no rate allows as many as that.
  while (!of.starts.empty() &&
         (of.starts.front().at <= boot - of.longest || of.total - of.starts.front().total >= highest_rate_count)) {
    of.dropped = of.starts.front().total;
    of.starts.pop_front();
  }
  of.add(boot, 1);
  if (of.unwritten++ == 0)
    changed_.push_back(name);
}

void rate_table::note_start(number x, duration boot) {
  const auto& of = entries_[x - 1];
  note(of.name, of.rate, boot);
}

void rate_table::note_start(const std::string& task, const start_rate& rate, duration boot) {
  note(name_of(of_task, task), rate, boot);
}

std::vector<rate_table::number> rate_table::take_opened(duration boot) {
  std::vector<number> opened;
  std::erase_if(closed_, [&](const closed& one) {
    const auto& [name, count, per, whose] = one;
    if (logs_[name].used(per, boot) >= count)
      return false;
    if (whose != 0)
      opened.push_back(whose);
    return true;
  });
  return opened;
}

std::optional<duration> rate_table::next_opening() const {
  std::optional<duration> next;
  for (const auto& [name, count, per, whose] : closed_)
    if (const auto found = logs_.find(name); found != logs_.end())
      next = std::min(next.value_or(duration::max()), found->second.opens_at({count, per}));
  return next;
}

bool rate_table::load(std::string_view key, timestamp at, std::uint32_t count, timestamp until) {
  constexpr std::size_t revision_size_bytes = 8;
  if (key.size() <= revision_size_bytes + 1 || (key[0] != of_key && key[0] != of_task))
    return false;
  loaded_.push_back({std::string{key.substr(0, key.size() - revision_size_bytes - 1)}, at, count, until - at});
  return true;
}

void rate_table::begin(clock_reading now) {
  std::ranges::stable_sort(loaded_, {}, &loaded::at);
  for (const auto& one : loaded_) {
    auto& of = logs_[one.name];
    of.longest = std::max(of.longest, one.longest);
    of.add(now.boot - std::max(now.wall - one.at, duration{0}), one.count); // in the future: by a clock that was ahead
  }
  loaded_ = {};
}

void rate_table::forget_old(duration boot) {
  if (logs_.size() < forget_at_)
    return;
  std::erase_if(logs_, [&](const auto& one) {
    const auto& of = one.second;
    return of.users == 0 && of.unwritten == 0 && (of.starts.empty() || of.starts.back().at <= boot - of.longest);
  });
  // A task that waits for its rate has starts within it, and one whose starts are over waits no more.
  std::erase_if(closed_, [&](const closed& one) { return !logs_.contains(std::get<0>(one)); });
  forget_at_ = std::max<std::size_t>(1'024, 2 * logs_.size());
}

void rate_table::flush(write_batch& to, clock_reading now, revision changed) {
  for (const auto& name : changed_) {
    auto& of = logs_[name];
    put_starts(to, name, changed, now.wall, std::exchange(of.unwritten, 0), now.wall + of.longest);
  }
  changed_.clear();
  forget_old(now.boot);
}

} // namespace carillon::keyed
