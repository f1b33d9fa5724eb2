#include "carillon/base/entropy.hpp"
#include "carillon/base/time.hpp"

#include <sys/random.h>

#include <cstdlib>
#include <ctime>

namespace carillon {
namespace {

duration read(clockid_t which) noexcept {
  timespec now{};
  ::clock_gettime(which, &now);
  return std::chrono::duration_cast<duration>(std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec});
}

// How long reading the clocks may take: then they were read at one moment. It takes less than a microsecond.
constexpr duration one_moment = std::chrono::milliseconds{10};

class machine_clock final : public clock {
public:
  // A thread that is put off, or a machine that sleeps, between the two would make the wall clock look as if it had
  // been set.
  [[nodiscard]] clock_reading now() const override {
    for (auto boot = read(CLOCK_BOOTTIME);;) {
      const timestamp wall{read(CLOCK_REALTIME)};
      const auto awake = read(CLOCK_MONOTONIC);
      const auto after = read(CLOCK_BOOTTIME);
      if (after - boot <= one_moment)
        return {wall, after, after - awake};
      boot = after;
    }
  }
};

class machine_entropy final : public entropy {
public:
  std::uint64_t next() override {
    std::uint64_t bits = 0;
    while (::getrandom(&bits, sizeof bits, 0) != sizeof bits) {
    } // interrupted before the kernel's pool was ready
    return bits;
  }
};

} // namespace

const clock& system_clock() noexcept {
  static const machine_clock instance;
  return instance;
}

entropy& system_entropy() noexcept {
  static machine_entropy instance;
  return instance;
}

} // namespace carillon
