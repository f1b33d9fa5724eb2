#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/value.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// How the control API shows single fields: null where there is nothing to say.
namespace carillon::app::field_values {

inline value number(std::uint64_t x) { return static_cast<std::int64_t>(x); }
template <class T>
value number(const std::optional<T>& x) {
  return x ? value{static_cast<std::int64_t>(*x)} : value{};
}
inline value text(const std::string& x) { return x.empty() ? value{} : value{x}; }
inline value instant(timestamp x) { return to_iso8601(x); }
inline value instant(const std::optional<timestamp>& x) { return x ? instant(*x) : value{}; }

} // namespace carillon::app::field_values
