// A cluster of machines, each a network namespace with a link of its own: links go down and up, packets are lost, workers are cut off, and the
// nodes are killed meanwhile.
#include "system/cluster_under_load.hpp"
#include "system/network_lab.hpp"

using namespace carillon::system_test;
using namespace std::chrono_literals;

namespace {

/// Says so in words that are looked for (tests/CMakeLists.txt): a test that can't run isn't one that has passed.
bool is_possible() {
  const auto obstacle = network_lab::obstacle();
  if (!obstacle.empty())
    BOOST_TEST_MESSAGE("NOT RUN: " << obstacle);
  return obstacle.empty();
}

/// The machines hub, one, two and three, with certificates of one authority.
struct machines : cluster_under_load {
  machines() {
    const auto authority = file("authority");
    BOOST_TEST_REQUIRE(run({"cluster", "init", "--folder", authority}).code == 0);
    for (const auto* name : {"hub", "one", "two", "three"}) {
      BOOST_TEST_REQUIRE(run({"cluster", "issue", name, "--folder", authority}).code == 0);
      lab.add_machine(name);
      const bool is_hub = name == std::string{"hub"};
      add(name, {{"--role", is_hub ? "scheduler" : "worker", "--slots", "8", is_hub ? "--listen" : "--join",
                  lab.address("hub") + ":7400", "--authority", authority + "/authority.pem", "--certificate",
                  fmt::format("{}/{}.pem", authority, name), "--key", fmt::format("{}/{}.key", authority, name)},
                 network_lab::on(name)});
    }
  }

  void unplug(const std::vector<std::string>& all, std::chrono::milliseconds length) {
    for (const auto& name : all) {
      BOOST_TEST_MESSAGE("unplug " << name << " for " << length.count() << " ms");
      network_lab::unplug(name);
    }
    lasts(length);
    for (const auto& name : all)
      network_lab::plug_in(name);
  }
  void lose(const std::string& name, std::chrono::milliseconds length) {
    constexpr int percent = 30;
    BOOST_TEST_MESSAGE("lose " << percent << " % of what comes to " << name << " for " << length.count() << " ms");
    network_lab::lose(name, percent);
    lasts(length);
    network_lab::lose(name, 0);
  }

  network_lab lab;
};

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_links)

BOOST_AUTO_TEST_CASE(nothing_is_lost_whatever_becomes_of_the_links) {
  if (!is_possible())
    return;
  fault_choices choose{50};
  machines cluster;
  cluster.add_schedules(30);
  for (int n = 0; n < choose.count; ++n) {
    const auto& name = cluster.names()[choose.below(cluster.names().size())];
    switch (choose.below(9)) {
      case 0: cluster.unplug({"one", "two"}, 12s); break; // longer than their leases
      case 1:
        cluster.unplug({name}, 3s + choose.milliseconds(20'000));
        break; // until the connection is given up, perhaps
      case 2:
      case 3: cluster.unplug({name}, choose.milliseconds(1'500)); break;
      case 4:
      case 5: cluster.lose(name, choose.milliseconds(5'000)); break;
      case 6: // the store's node ends while a worker can't hear of it
        network_lab::unplug("three");
        cluster.kill("hub");
        cluster_under_load::lasts(choose.milliseconds(3'000));
        network_lab::plug_in("three");
        break;
      case 7: cluster.stall(name, choose.milliseconds(1'500)); break;
      default: cluster.kill(name);
    }
    cluster.add_jobs(5);
  }
  cluster.finish();
}

BOOST_AUTO_TEST_SUITE_END()
