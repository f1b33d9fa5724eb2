#include "trigger/value_set.hpp"

#include "carillon/base/assert.hpp"

namespace carillon {

value_set::value_set(std::uint64_t bits, unsigned min, unsigned max) : min_(min), max_(max) {
  CARILLON_ASSERT(max < 64);
  for (unsigned value = min; value <= max; ++value)
    if ((bits >> value & 1) != 0)
      values_.push_back(value);
}

std::optional<value_set::progression> value_set::as_progression() const {
  if (values_.size() < 3)
    return std::nullopt;
  const auto step = values_[1] - values_[0];
  for (std::size_t i = 2; i < values_.size(); ++i)
    if (values_[i] - values_[i - 1] != step)
      return std::nullopt;
  if (step < 2)
    return std::nullopt;
  return progression{values_.front(), values_.back(), step, values_.front() == min_ && values_.back() + step > max_};
}

std::vector<value_set::run> value_set::runs() const {
  std::vector<run> runs;
  for (const auto value : values_)
    if (!runs.empty() && runs.back().second + 1 == value)
      runs.back().second = value;
    else
      runs.emplace_back(value, value);
  return runs;
}

} // namespace carillon
