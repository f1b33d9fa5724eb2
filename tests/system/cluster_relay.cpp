// A cluster behind a relay: what is sent comes late, or not for a while, or the connection is gone.
#include "system/cluster_under_load.hpp"
#include "system/free_address.hpp"
#include "system/relay.hpp"

using namespace carillon::system_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(cluster_relay)

BOOST_AUTO_TEST_CASE(nothing_is_lost_and_nothing_fires_twice) {
  fault_choices choose{50};
  cluster_under_load cluster;
  const auto address = free_address();
  cluster.add("hub", {{"--role", "scheduler", "--listen", address}});
  relay between{address};
  for (const auto* name : {"one", "two"})
    cluster.add(name, {{"--role", "worker", "--slots", "8", "--join", between.address()}});
  cluster.add_schedules(30);
  for (int n = 0; n < choose.count; ++n) {
    switch (choose.below(5)) {
      case 0:
        between.stall(true);
        cluster_under_load::lasts(choose.below(5) == 0 ? 12'000ms : choose.milliseconds(2'000));
        between.stall(false);
        break;
      case 1: between.delay(choose.milliseconds(400)); break;
      case 2: between.cut(); break;
      case 3: cluster.kill(cluster.names()[choose.below(cluster.names().size())]); break;
      default: cluster_under_load::lasts(choose.milliseconds(1'000));
    }
    cluster.add_jobs(5);
  }
  between.delay(0ms);
  cluster.finish();
}

BOOST_AUTO_TEST_SUITE_END()
