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

class machine_clock final : public clock {
public:
  [[nodiscard]] clock_reading now() const override { return {timestamp{read(CLOCK_REALTIME)}, read(CLOCK_BOOTTIME)}; }
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
