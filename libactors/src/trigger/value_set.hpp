#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace carillon {

/// The values that a cron field allows, bit n standing for n, as a person would write them.
class value_set {
public:
  struct progression {
    unsigned first, last, step;
    bool reaches_end; ///< it runs from the lowest value to as far as it can
  };
  using run = std::pair<unsigned, unsigned>; ///< first and last

  /// `bits` lie between `min` and `max`, which is at most 63.
  value_set(std::uint64_t bits, unsigned min, unsigned max);

  [[nodiscard]] bool is_all() const { return values_.size() == max_ - min_ + 1; }
  [[nodiscard]] const std::vector<unsigned>& values() const { return values_; }
  /// If there are at least three values with one distance, of 2 or more.
  [[nodiscard]] std::optional<progression> as_progression() const;
  /// Runs of neighbours.
  [[nodiscard]] std::vector<run> runs() const;

private:
  unsigned min_, max_;
  std::vector<unsigned> values_;
};

} // namespace carillon
