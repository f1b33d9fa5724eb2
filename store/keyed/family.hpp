#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace carillon::keyed {

/// The families of records, as keys.hpp describes them. Their numbers are part of keys in the quarantine: never renumber,
/// only append.
enum class family : std::uint8_t {
  meta = 0,
  tasks = 1,
  definitions = 2,
  states = 3,
  jobs = 4,
  unfinished = 5,
  skips = 6,
  quarantine = 7,
};

inline constexpr std::size_t family_count = 8;

/// The names under which RocksDB and people know them.
inline constexpr std::array<std::string_view, family_count> family_names{
    "meta", "tasks", "definitions", "states", "jobs", "unfinished", "skips", "quarantine"};

[[nodiscard]] constexpr std::string_view to_string(family x) noexcept {
  return family_names[static_cast<std::size_t>(x)];
}

} // namespace carillon::keyed
