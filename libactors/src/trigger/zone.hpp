#pragma once

#include "carillon/base/result.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Instants and local times of this header, in seconds since 1970 (a local time being read as if it were UTC).
using zone_seconds = std::int64_t;

/// A stretch of time in which a zone keeps one offset from UTC. The first one begins at `zone_start`, the last one, if
/// the zone has no rule for ever, ends at `zone_end`.
struct zone_segment {
  zone_seconds begin = 0; ///< the instant of the change that begins it
  zone_seconds end = 0;   ///< the instant of the change that ends it, not part of it
  std::int32_t offset_before = 0;
  std::int32_t offset = 0;
  std::int32_t offset_after = 0;
};

inline constexpr zone_seconds zone_start = std::numeric_limits<zone_seconds>::min() / 4;
inline constexpr zone_seconds zone_end = std::numeric_limits<zone_seconds>::max() / 4;

/// What a local time means in a zone (trigger-semantics 1.6).
struct local_meaning {
  /// 0: it lies in a gap; 1: it is unique; 2: it lies in an overlap.
  int count = 0;
  zone_seconds first = 0; ///< the only instant, or the first pass
  zone_seconds last = 0;  ///< the only instant, or the second pass
  /// For a gap only: the instant of the change, and the offset until then.
  zone_seconds gap_instant = 0;
  std::int32_t offset_before = 0;
};

bool refresh_zone_data(); // zone_data.hpp

/// An IANA time zone as a table of offset changes: those of the zone file up to the year 2500, and after that the
/// Gregorian cycle of 400 years, in which a yearly rule repeats exactly. Immutable, any thread. A look-up costs a few
/// nanoseconds and doesn't allocate.
class zone {
public:
  /// The zone of that name, loaded once for the process and again by `refresh_zone_data`. Errors: ec::invalid_argument,
  /// naming it.
  [[nodiscard]] static result<std::shared_ptr<const zone>> find(std::string_view name);

  [[nodiscard]] zone_segment segment_at(zone_seconds instant) const noexcept;
  [[nodiscard]] local_meaning meaning_of(zone_seconds local) const noexcept;

  /// From here on the offsets repeat after `cycle_seconds`, or don't change.
  [[nodiscard]] zone_seconds repeats_from() const noexcept;
  static constexpr zone_seconds cycle_seconds = zone_seconds{146'097} * 86'400; ///< 400 Gregorian years

  /// No instant's offset lies outside these.
  [[nodiscard]] std::int32_t smallest_offset() const noexcept { return smallest_offset_; }
  [[nodiscard]] std::int32_t largest_offset() const noexcept { return largest_offset_; }

private:
  struct change {
    zone_seconds instant;
    std::int32_t offset; ///< from `instant` on
  };

  /// `changes` is sorted and begins at `zone_start`. With `repeats`, it covers more than 400 years of a yearly rule,
  /// and the last change is one of that rule.
  zone(std::vector<change> changes, bool repeats);
  static std::unique_ptr<const zone> load(const std::string& cctz_name);
  friend bool refresh_zone_data();

  void build_index();
  [[nodiscard]] std::size_t last_change_until(zone_seconds instant) const noexcept;

  std::vector<change> changes_;
  std::vector<std::uint32_t> index_; ///< for each stretch of index_step from index_begin_: the change that it begins in
  zone_seconds index_begin_ = 0;
  bool repeats_ = false;
  std::int32_t smallest_offset_ = 0;
  std::int32_t largest_offset_ = 0;
};

} // namespace carillon
