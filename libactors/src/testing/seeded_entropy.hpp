#pragma once

#include "carillon/base/entropy.hpp"

#include <random>

namespace carillon::testing {

/// Numbers that a seed decides, the same with every compiler and library.
class seeded_entropy final : public entropy {
public:
  explicit seeded_entropy(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

private:
  std::mt19937_64 engine_;
};

} // namespace carillon::testing
