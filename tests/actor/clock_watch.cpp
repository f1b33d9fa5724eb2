// The thread that waits for the machine's clock to be set, on an alarm that the test rings.
#include "runtime/clock_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

using namespace carillon;
using namespace carillon::runtime;

namespace {

/// Rings when the test says so, and says what the test wants. The test keeps `rings`.
class fake_alarm final : public clock_alarm {
public:
  explicit fake_alarm(std::function<result<bool>()> answer) : answer_(std::move(answer)) {}

  void ring() const {
    const std::uint64_t one = 1;
    BOOST_REQUIRE(::write(bell_.get(), &one, sizeof one) == sizeof one);
  }
  [[nodiscard]] int descriptor() const override { return bell_.get(); }
  [[nodiscard]] result<bool> take() override {
    std::uint64_t rings = 0;
    BOOST_REQUIRE(::read(bell_.get(), &rings, sizeof rings) == sizeof rings);
    return answer_();
  }

private:
  file_descriptor bell_{::eventfd(0, EFD_CLOEXEC)};
  std::function<result<bool>()> answer_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(clock_watch)

BOOST_AUTO_TEST_CASE(each_change_of_the_clock_is_told_once) {
  auto made = std::make_unique<fake_alarm>([] { return result<bool>{true}; });
  const auto& alarm = *made;
  std::atomic<int> calls{0};
  std::promise<void> once, twice;
  const auto watch = runtime::clock_watch::start(std::move(made), [&] { (++calls == 1 ? once : twice).set_value(); });
  BOOST_REQUIRE(watch);
  alarm.ring();
  once.get_future().wait();
  alarm.ring();
  twice.get_future().wait();
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_ring_of_an_alarm_that_has_only_run_down_is_told_to_nobody) {
  int rings = 0;
  std::promise<void> ran_down, told;
  auto made = std::make_unique<fake_alarm>([&] {
    if (++rings > 1)
      return result<bool>{true};
    ran_down.set_value();
    return result<bool>{false};
  });
  const auto& alarm = *made;
  int calls = 0;
  {
    const auto watch = runtime::clock_watch::start(std::move(made), [&] {
      ++calls;
      told.set_value();
    });
    BOOST_REQUIRE(watch);
    alarm.ring();
    ran_down.get_future().wait();
    alarm.ring();
    told.get_future().wait();
  }
  BOOST_TEST(rings == 2);
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_object_whether_it_waits_or_its_alarm_has_failed) {
  int calls = 0;
  {
    const auto waits =
        runtime::clock_watch::start(std::make_unique<fake_alarm>([] { return result<bool>{true}; }), [&] { ++calls; });
    BOOST_REQUIRE(waits);
  }
  std::promise<void> failed;
  auto made = std::make_unique<fake_alarm>([&] {
    failed.set_value();
    return result<bool>{ec::unavailable, "no timer"};
  });
  const auto& alarm = *made;
  const auto watch = runtime::clock_watch::start(std::move(made), [&] { ++calls; });
  BOOST_REQUIRE(watch);
  alarm.ring();
  failed.get_future().wait();
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(the_kernels_alarm_is_quiet_while_nobody_sets_the_clock) {
  const auto alarm = open_clock_alarm();
  BOOST_REQUIRE(alarm);
  pollfd waited{(*alarm)->descriptor(), POLLIN, 0};
  BOOST_TEST(::poll(&waited, 1, 0) == 0);
  const auto rang = (*alarm)->take();
  BOOST_REQUIRE(rang);
  BOOST_TEST(!*rang);
}

BOOST_AUTO_TEST_SUITE_END()
