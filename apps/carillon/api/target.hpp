#pragma once

#include "carillon/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::app {

/// What an HTTP request names: `/v1/schedules/a%2Fb?limit=10` has the segments `v1`, `schedules`, `a/b`.
struct target {
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;

  /// The first parameter of that name.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;

  friend bool operator==(const target&, const target&) = default;
};

/// Errors: ec::invalid_argument for a path that doesn't begin with `/`, and for a bad `%` sequence.
[[nodiscard]] result<target> parse_target(std::string_view text);

/// What `parse_target` reads back.
[[nodiscard]] std::string write_target(const target& what);

} // namespace carillon::app
