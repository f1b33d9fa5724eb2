// A cluster of five processes under load, and one fault after another at random: each is killed, or stands still, and comes back.
#include "system/cluster_under_load.hpp"
#include "system/free_address.hpp"

using namespace carillon::system_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(cluster_faults)

BOOST_AUTO_TEST_CASE(nothing_is_lost_and_nothing_fires_twice) {
  fault_choices choose{50};
  cluster_under_load cluster;
  const auto address = free_address();
  cluster.add("hub", {{"--role", "scheduler", "--listen", address}});
  cluster.add("planner", {{"--role", "scheduler", "--join", address}});
  for (const auto* name : {"one", "two", "three"})
    cluster.add(name, {{"--role", "worker", "--slots", "8", "--join", address}});
  cluster.add_schedules(50);
  for (int n = 0; n < choose.count; ++n) {
    const auto& name = cluster.names()[choose.below(cluster.names().size())];
    if (choose.below(2) == 0)
      cluster.kill(name);
    else if (name != "hub" && choose.below(8) == 0)
      cluster.stall(name, 12s); // longer than its leases
    else
      cluster.stall(name, choose.milliseconds(1'500));
    cluster.add_jobs(5);
  }
  cluster.finish();
}

BOOST_AUTO_TEST_SUITE_END()
