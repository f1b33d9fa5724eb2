#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon::keyed {

/// The families of records, as store/keyed/keys.hpp describes them. Their numbers are part of keys in the quarantine: never renumber,
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
  dead_letters = 8,
  past_definitions = 9,
  unique_keys = 10,
  starts = 11,
  nodes = 12,
};

/// How many there are; their numbers are those below it.
inline constexpr std::size_t family_count = 13;

/// The names under which RocksDB and people know them.
inline constexpr std::array<std::string_view, family_count> family_names{
    "meta",       "tasks",        "definitions",      "states",      "jobs",   "unfinished", "skips",
    "quarantine", "dead_letters", "past_definitions", "unique_keys", "starts", "nodes"};

/// Those whose records may have an expiry, and fall out by themselves when it is over.
inline constexpr std::array expiring_families{family::jobs, family::skips, family::past_definitions,
                                              family::unique_keys, family::starts};

/// Whether it is one of `expiring_families`.
[[nodiscard]] constexpr bool is_expiring(family x) noexcept {
  return std::ranges::find(expiring_families, x) != expiring_families.end();
}

/// Its name in `family_names`. `x` must be an enumerator.
[[nodiscard]] constexpr std::string_view to_string(family x) noexcept {
  return family_names[static_cast<std::size_t>(x)];
}

} // namespace carillon::keyed
#pragma GCC visibility pop
