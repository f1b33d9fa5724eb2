// A node of this machine is told by the kernel when the clock is set. The machine's clock can't be set by a test: what
// it would tell is in actor/clock_watch and actor/clocks.
#include "carillon/runtime/node.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace carillon;

namespace {

/// How many timers of this process go by CLOCK_REALTIME and are cancelled when it is set.
std::size_t count_clock_alarms() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::stringstream text;
    text << std::ifstream{entry.path()}.rdbuf();
    // TFD_TIMER_ABSTIME and TFD_TIMER_CANCEL_ON_SET are 1 and 2.
    count += text.str().find("clockid: 0\n") != std::string::npos &&
             text.str().find("settime flags: 03\n") != std::string::npos;
  }
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(clock_watch)

BOOST_AUTO_TEST_CASE(a_node_waits_for_its_clock_to_be_set_until_it_stops) {
  BOOST_TEST(count_clock_alarms() == 0u);
  {
    auto opened = node::open({}).or_throw();
    opened.start().or_throw();
    BOOST_TEST(count_clock_alarms() == 1u);
    opened.stop();
    BOOST_TEST(count_clock_alarms() == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
