// The simulator: the same seed gives the same run, and no seed breaks an invariant.
#include "carillon/base/entropy.hpp"
#include "carillon/base/log.hpp"
#include "carillon/testing/simulation.hpp"
#include "carillon/testing/world.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {
static std::ostream& operator<<(std::ostream& out, fault_profile x) { return out << to_string(x); }
} // namespace carillon::testing

namespace {

struct quiet {
  quiet() {
    set_log_sink([](log_level, std::string_view) {}); // faults make actors say a lot
  }
};

simulation_settings settings(std::uint64_t seed, fault_profile faults = fault_profile::full) {
  simulation_settings made;
  made.seed = seed;
  made.length = 12min;
  made.faults = faults;
  return made;
}

void check_holds(const simulation_settings& what) {
  const auto report = run_simulation(what);
  for (const auto& text : report.violations)
    BOOST_ERROR("seed " << what.seed << ": " << text);
  BOOST_TEST(report.violations.empty(), "carillon sim --seed " << what.seed << " --hours 0.2 --nodes " << what.nodes
                                                               << " --faults " << to_string(what.faults));
  BOOST_TEST(report.attempts > 0u); // it has done something
}

// A run is fifteen times slower with sanitizers.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t seeds_of_all_faults = 40;
#else
constexpr std::uint64_t seeds_of_all_faults = 200;
#endif

const auto all_profiles =
    boost::unit_test::data::make({fault_profile::none, fault_profile::network, fault_profile::crashes,
                                  fault_profile::clocks, fault_profile::disk, fault_profile::full});

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet);

BOOST_AUTO_TEST_SUITE(cluster_simulation)

BOOST_DATA_TEST_CASE(the_same_seed_gives_the_same_run, all_profiles, faults) {
  auto what = settings(11, faults);
  std::vector<std::string> first, second;
  what.trace = [&](std::string_view line) { first.emplace_back(line); };
  const auto one = run_simulation(what);
  what.trace = [&](std::string_view line) { second.emplace_back(line); };
  const auto other = run_simulation(what);
  BOOST_TEST(first.size() > 1'000u);
  const auto differ = std::ranges::mismatch(first, second);
  if (differ.in1 != first.end() && differ.in2 != second.end())
    BOOST_ERROR("first\n" << *differ.in1 << "\nand then\n" << *differ.in2);
  BOOST_TEST(first.size() == second.size());
  BOOST_TEST(one.fingerprint == other.fingerprint);
  BOOST_TEST(one.fingerprint != run_simulation(settings(12, faults)).fingerprint);
}

BOOST_AUTO_TEST_CASE(a_run_is_the_same_whatever_ran_before_it) {
  std::vector<std::uint64_t> upwards, downwards;
  for (std::uint64_t seed = 300; seed <= 330; ++seed)
    upwards.push_back(run_simulation(settings(seed)).fingerprint);
  for (std::uint64_t seed = 330; seed >= 300; --seed)
    downwards.push_back(run_simulation(settings(seed)).fingerprint);
  std::ranges::reverse(downwards);
  BOOST_TEST(upwards == downwards, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(the_invariants_hold_under_faults_of_a_kind, all_profiles, faults) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    check_holds(settings(seed, faults));
}

BOOST_AUTO_TEST_CASE(the_invariants_hold_under_all_faults) {
  for (std::uint64_t seed = 1; seed <= seeds_of_all_faults; ++seed)
    check_holds(settings(seed));
}

BOOST_AUTO_TEST_CASE(the_invariants_hold_with_a_fresh_seed) {
  const auto seed = seed_or(system_entropy().next() % 1'000'000'000 + 1);
  BOOST_TEST_MESSAGE("a fresh seed: " << seed);
  check_holds(settings(seed));
}

BOOST_AUTO_TEST_CASE(on_rocksdb_the_same_seed_gives_the_same_run_and_the_invariants_hold) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto what = settings(seed);
    what.rocksdb = true;
    check_holds(what);
    if (seed <= 3)
      BOOST_TEST(run_simulation(what).fingerprint == run_simulation(what).fingerprint);
  }
}

BOOST_AUTO_TEST_CASE(one_node_and_many_nodes) {
  for (const std::size_t nodes : {1, 2, 8}) {
    auto what = settings(5);
    what.nodes = nodes;
    check_holds(what);
  }
}

BOOST_AUTO_TEST_CASE(profiles_have_names) {
  for (const auto x : {fault_profile::none, fault_profile::clocks, fault_profile::full})
    BOOST_TEST((parse_fault_profile(to_string(x)) == x));
  BOOST_TEST(!parse_fault_profile("everything"));
}

BOOST_AUTO_TEST_SUITE_END()
