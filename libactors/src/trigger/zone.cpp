#include "trigger/zone.hpp"

#include "carillon/base/civil_time.hpp"

#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace carillon {
namespace {

constexpr zone_seconds day_seconds = 86'400;
constexpr std::int32_t last_table_year = 2500;
constexpr int index_shift = 24; // stretches of 194 days: at most one or two changes in each
constexpr std::size_t max_name_size = 100;

cctz::time_point<cctz::seconds> to_cctz(zone_seconds instant) {
  return cctz::time_point<cctz::seconds>{cctz::seconds{instant}};
}

std::int32_t offset_at(const cctz::time_zone& source, zone_seconds instant) {
  return source.lookup(to_cctz(instant)).offset;
}

/// cctz reads any file that its argument leads to, and has names of its own such as `libc:localtime`; and what
/// `localtime` means differs from machine to machine.
bool is_zone_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/';
  };
  return !name.empty() && name.size() <= max_name_size && name.front() != '/' &&
         std::all_of(name.begin(), name.end(), is_allowed) && name != "localtime" && name != "posixrules" &&
         !name.starts_with("posix/") && !name.starts_with("right/");
}

/// Whether the offset goes on changing after the last change that the zone file's data gave.
bool has_yearly_rule(const cctz::time_zone& source, zone_seconds last_change) {
  const auto offset = offset_at(source, last_change);
  for (int day = 1; day <= 366; ++day)
    if (offset_at(source, last_change + day * day_seconds) != offset)
      return true;
  return false;
}

} // namespace

zone::zone(std::vector<change> changes, bool repeats) : changes_(std::move(changes)), repeats_(repeats) {
  const auto [smallest, largest] = std::minmax_element(
      changes_.begin(), changes_.end(), [](const change& a, const change& b) { return a.offset < b.offset; });
  smallest_offset_ = smallest->offset;
  largest_offset_ = largest->offset;
  build_index();
}

std::unique_ptr<const zone> zone::load(const std::string& name) {
  cctz::time_zone source;
  if (!cctz::load_time_zone(name, &source))
    return nullptr;
  std::vector<change> changes;
  auto from = cctz::time_point<cctz::seconds>::min();
  cctz::time_zone::civil_transition step;
  while (source.next_transition(from, &step)) {
    from = source.lookup(step.to).trans;
    const auto instant = static_cast<zone_seconds>(from.time_since_epoch().count());
    if (changes.empty())
      changes.push_back({zone_start, offset_at(source, instant - 1)});
    if (const auto offset = offset_at(source, instant); offset != changes.back().offset)
      changes.push_back({instant, offset}); // else only the abbreviation changes
  }
  if (changes.empty())
    changes.push_back({zone_start, offset_at(source, 0)});
  const bool repeats = changes.size() > 2 && has_yearly_rule(source, changes.back().instant);
  if (repeats) {
    // cctz lists 400 years of the rule. Some more, so that the last 400 years of the table, and the change before them,
    // follow the rule for certain.
    const auto table_end = to_day_number({last_table_year, 1, 1}) * day_seconds;
    const auto listed_end = changes.back().instant;
    auto next = std::upper_bound(changes.begin(), changes.end(), listed_end - cycle_seconds,
                                 [](zone_seconds instant, const change& c) { return instant < c.instant; }) -
                changes.begin();
    for (auto i = static_cast<std::size_t>(next); changes[i].instant + cycle_seconds < table_end; ++i)
      changes.push_back({changes[i].instant + cycle_seconds, changes[i].offset});
  }
  return std::unique_ptr<const zone>{new zone{std::move(changes), repeats}};
}

result<std::shared_ptr<const zone>> zone::find(std::string_view name) {
  static std::shared_mutex mutex;
  static std::map<std::string, std::shared_ptr<const zone>, std::less<>> known; // guarded by `mutex`
  {
    const std::shared_lock lock{mutex};
    if (const auto found = known.find(name); found != known.end())
      return found->second;
  }
  std::shared_ptr<const zone> loaded;
  if (is_zone_name(name))
    loaded = load(std::string{name});
  if (!loaded) // not remembered: names that don't exist must not fill the memory
    return error{ec::invalid_argument,
                 fmt::format("unknown time zone {:?}: expected an IANA name such as Europe/Paris", name.substr(0, 60))};
  const std::unique_lock lock{mutex};
  return known.emplace(name, std::move(loaded)).first->second;
}

void zone::build_index() {
  if (changes_.size() < 2)
    return;
  index_begin_ = changes_[1].instant;
  const auto size = static_cast<std::size_t>((changes_.back().instant - index_begin_) >> index_shift) + 1;
  index_.reserve(size);
  std::size_t current = 1;
  for (std::size_t i = 0; i < size; ++i) {
    const auto stretch_begin = index_begin_ + (static_cast<zone_seconds>(i) << index_shift);
    while (current + 1 < changes_.size() && changes_[current + 1].instant <= stretch_begin)
      ++current;
    index_.push_back(static_cast<std::uint32_t>(current));
  }
}

zone_seconds zone::repeats_from() const noexcept {
  if (changes_.size() < 2)
    return 0;
  return repeats_ ? changes_.back().instant - cycle_seconds : changes_.back().instant;
}

std::size_t zone::last_change_until(zone_seconds instant) const noexcept {
  if (changes_.size() < 2 || instant < index_begin_)
    return 0;
  const auto stretch = static_cast<std::size_t>((instant - index_begin_) >> index_shift);
  std::size_t current = index_[std::min(stretch, index_.size() - 1)];
  while (current + 1 < changes_.size() && changes_[current + 1].instant <= instant)
    ++current;
  return current;
}

zone_segment zone::segment_at(zone_seconds instant) const noexcept {
  zone_seconds shift = 0;
  const auto table_end = changes_.back().instant;
  if (repeats_ && instant >= table_end)
    shift = ((instant - table_end) / cycle_seconds + 1) * cycle_seconds;
  const auto i = last_change_until(instant - shift);
  const auto& current = changes_[i];
  zone_segment segment{current.instant, zone_end, current.offset, current.offset, current.offset};
  if (i > 0) {
    segment.begin += shift;
    segment.offset_before = changes_[i - 1].offset;
  }
  if (i + 1 < changes_.size()) {
    segment.end = changes_[i + 1].instant + shift;
    segment.offset_after = changes_[i + 1].offset;
  }
  return segment;
}

local_meaning zone::meaning_of(zone_seconds local) const noexcept {
  local_meaning meaning;
  auto segment = segment_at(local - largest_offset_);
  while (true) {
    const auto instant = local - segment.offset;
    if (instant >= segment.begin && instant < segment.end) {
      meaning.first = meaning.count == 0 ? instant : meaning.first;
      meaning.last = instant;
      ++meaning.count;
    }
    if (segment.end > local - smallest_offset_)
      return meaning;
    if (instant >= segment.end && local - segment.offset_after < segment.end) {
      meaning.gap_instant = segment.end;
      meaning.offset_before = segment.offset;
    }
    segment = segment_at(segment.end);
  }
}

} // namespace carillon
