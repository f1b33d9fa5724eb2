#include "trigger/zone.hpp"

#include "carillon/base/civil_time.hpp"
#include "carillon/base/log.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "trigger/day_number.hpp"

#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace carillon {
namespace {

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

std::string zone_folder() {
  const char* folder = std::getenv("TZDIR"); // NOLINT(concurrency-mt-unsafe): cctz reads it so too
  return folder == nullptr || *folder == '\0' ? "/usr/share/zoneinfo" : folder;
}

/// What a change of the zone data on disk shows in: when the list of all zones was replaced, or the folder changed.
struct disk_state {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  std::uint64_t file = 0;

  static disk_state look() {
    const auto folder = zone_folder();
    struct stat found {};
    if (::stat((folder + "/tzdata.zi").c_str(), &found) != 0 && ::stat(folder.c_str(), &found) != 0)
      return {};
    return {found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_ino};
  }
  friend bool operator==(const disk_state&, const disk_state&) = default;
};

/// The list of all zones begins with `# version 2025b`.
std::string version_on_disk(const disk_state& state) {
  constexpr std::string_view prefix = "# version ";
  std::string line;
  std::getline(std::ifstream{zone_folder() + "/tzdata.zi"}, line);
  const auto name = line.starts_with(prefix) ? line.substr(prefix.size(), 20) : "";
  return name.empty() ? fmt::format("of {}.{:09}", state.seconds, state.nanoseconds) : name;
}

/// The zones of this process.
struct zone_book {
  std::shared_mutex mutex; // guards the rest
  std::map<std::string, std::shared_ptr<const zone>, std::less<>> known;
  disk_state read_at = disk_state::look();
  disk_state seen_at = read_at;
  std::string version = version_on_disk(read_at);
  int reads = 0; ///< how often the data were read again

  static zone_book& get() {
    static zone_book book;
    return book;
  }
};

/// cctz remembers each name for ever, so the same file is asked for by another path each time. Its prefix `file:` leads to
/// the folder of the zones, as a plain name does.
std::string name_for_cctz(std::string_view name, int reads) {
  if (reads == 0)
    return std::string{name};
  std::string path{"file:"};
  for (int i = 0; i < reads; ++i)
    path += "./";
  return path.append(name);
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

std::unique_ptr<const zone> zone::load(const std::string& cctz_name) {
  cctz::time_zone source;
  if (!cctz::load_time_zone(cctz_name, &source))
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
  auto& book = zone_book::get();
  int reads = 0;
  {
    const std::shared_lock lock{book.mutex};
    if (const auto found = book.known.find(name); found != book.known.end())
      return found->second;
    reads = book.reads;
  }
  std::shared_ptr<const zone> loaded;
  if (is_zone_name(name))
    loaded = load(name_for_cctz(name, reads));
  if (!loaded) // not remembered: names that don't exist must not fill the memory
    return error{ec::invalid_argument, fmt::format("unknown time zone {}: expected an IANA name such as Europe/Paris",
                                                   quote(name.substr(0, 60)))};
  const std::unique_lock lock{book.mutex};
  if (reads != book.reads) // read again meanwhile: it may be the old one
    if (std::shared_ptr<const zone> newer = load(name_for_cctz(name, book.reads)))
      loaded = std::move(newer);
  return book.known.emplace(name, std::move(loaded)).first->second;
}

std::string zone_data_version() {
  auto& book = zone_book::get();
  const std::shared_lock lock{book.mutex};
  return book.version;
}

bool refresh_zone_data() {
  auto& book = zone_book::get();
  std::vector<std::string> gone;
  {
    const std::unique_lock lock{book.mutex};
    const auto now = disk_state::look();
    const bool is_settled = now == std::exchange(book.seen_at, now);
    if (now == book.read_at || now == disk_state{} || !is_settled)
      return false;
    ++book.reads;
    for (auto& [name, data] : book.known)
      if (std::shared_ptr<const zone> newer = zone::load(name_for_cctz(name, book.reads)))
        data = std::move(newer);
      else
        gone.push_back(name);
    book.read_at = now;
    book.version = version_on_disk(now);
  }
  for (const auto& name : gone)
    log(log_level::error, fmt::format("the new time-zone data have no {}: its old rules stay in use", name));
  return true;
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
