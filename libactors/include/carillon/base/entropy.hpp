#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
namespace carillon {

/// Where randomness comes from: the machine, or the seed of the test world. Any thread.
class entropy {
public:
  virtual ~entropy() = default;
  [[nodiscard]] virtual std::uint64_t next() = 0; ///< 64 random bits
};

/// The machine's generator (getrandom).
[[nodiscard]] entropy& system_entropy() noexcept;

} // namespace carillon
#pragma GCC visibility pop
