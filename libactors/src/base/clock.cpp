#include "carillon/base/entropy.hpp"
#include "carillon/base/time.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>

#include <pthread.h>
#include <sys/random.h>

namespace carillon {
namespace {

duration read_clock(clockid_t which) noexcept {
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
    for (auto boot = read_clock(CLOCK_BOOTTIME);;) {
      const timestamp wall{read_clock(CLOCK_REALTIME)};
      const auto awake = read_clock(CLOCK_MONOTONIC);
      const auto after = read_clock(CLOCK_BOOTTIME);
      if (after - boot <= one_moment)
        return {wall, after, after - awake};
      boot = after;
    }
  }
};

// How often this process has come out of a fork: what was drawn before that the other one has too.
std::atomic<unsigned> forks = 0;

// Draws many at a time, as each job that is added takes some.
class machine_entropy final : public entropy {
public:
  machine_entropy() {
    ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  }

  std::uint64_t next() override {
    thread_local store mine;
    const auto now = forks.load(std::memory_order_relaxed);
    if (mine.left == 0 || mine.drawn_after != now) {
      // No more than the kernel gives at once, without being interrupted, when its pool is ready.
      while (::getrandom(mine.bits.data(), sizeof mine.bits, 0) != sizeof mine.bits) {
      }
      mine.left = mine.bits.size();
      mine.drawn_after = now;
    }
    return mine.bits[--mine.left];
  }

private:
  struct store {
    std::array<std::uint64_t, 32> bits{};
    std::size_t left = 0;
    unsigned drawn_after = 0;
  };
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
