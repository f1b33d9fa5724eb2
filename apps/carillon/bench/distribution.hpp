#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace carillon::app::bench {

/// One measured number.
struct figure {
  std::string metric;
  double value = 0;
  std::string unit;
  double at_seconds = 0; ///< of a measurement that tells more than once: since its begin

  friend bool operator==(const figure&, const figure&) = default;
};

/// p50, p99 and the largest of `seen`, as `<name>_p50`, `<name>_p99`, `<name>_max`, by nearest rank; nothing of none.
[[nodiscard]] inline std::vector<figure> distribution(const std::string& name, std::vector<double> seen,
                                                      const std::string& unit) {
  if (seen.empty())
    return {};
  std::ranges::sort(seen);
  const auto at = [&](double share) {
    const auto rank = std::ceil(share * static_cast<double>(seen.size()));
    return seen[static_cast<std::size_t>(rank) - 1];
  };
  constexpr double middle = 0.5;
  constexpr double nearly_all = 0.99;
  return {{name + "_p50", at(middle), unit}, {name + "_p99", at(nearly_all), unit}, {name + "_max", seen.back(), unit}};
}

} // namespace carillon::app::bench
