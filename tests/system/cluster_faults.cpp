// A cluster of five processes under load, and one fault after another at random: each is killed, or stands still, and comes back. Whatever
// happens: each fire time of each schedule is covered exactly once, nothing that was acknowledged is lost, and each job ends.
// CARILLON_SEED repeats the choices, CARILLON_FAULTS says how many.
#include "system/coverage.hpp"
#include "system/free_address.hpp"
#include "system/json_answer.hpp"
#include "system/program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <poll.h>
#include <random>

using namespace carillon;
using namespace carillon::system_test;
using namespace std::chrono_literals;

namespace {

class faulty_cluster {
public:
  explicit faulty_cluster(std::uint64_t seed) : random_(seed) {
    options_["hub"] = {"--role", "scheduler", "--listen", address_};
    options_["planner"] = {"--role", "scheduler", "--join", address_};
    for (const auto* name : {"one", "two", "three"})
      options_[name] = {"--role", "worker", "--slots", "8", "--join", address_};
    for (const auto* name : {"hub", "planner", "one", "two", "three"})
      start(name);
  }

  void fault() {
    const auto name = names[random_() % std::size(names)];
    switch (random_() % 4) {
      case 0: // longer than its leases
        if (name != std::string{"hub"} && random_() % 4 == 0)
          return stall(name, 12s);
        [[fallthrough]];
      case 1: return stall(name, std::chrono::milliseconds{random_() % 1'500});
      default: return kill(name);
    }
  }

  /// Jobs of a caller, which notes what is acknowledged.
  void add_jobs(int count) {
    for (int n = 0; n < count; ++n)
      if (const auto said = nodes_.at("hub")->ask({"job", "run", "--", "true"}); said.code == 0)
        promised_.jobs.insert(said.out.substr(0, said.out.find('\n')));
  }
  void add_schedules(int count) {
    for (int n = 0; n < count; ++n) {
      const auto id = fmt::format("s{}", n);
      const auto overlap = n % 3 == 0 ? "skip" : "allow";
      const auto said = nodes_.at("hub")->ask(
          {"schedule", "add", id, "--every", "1s", "--coalesce", "all", "--overlap", overlap, "--", "true"});
      BOOST_TEST_REQUIRE(said.code == 0, said.err);
      promised_.schedules.insert(id);
    }
  }

  /// Nothing new fires, and all that was begun ends.
  void finish() {
    std::vector<std::string> pause{"schedule", "pause"};
    pause.insert(pause.end(), promised_.schedules.begin(), promised_.schedules.end());
    const auto paused = nodes_.at("hub")->ask(pause);
    BOOST_TEST_REQUIRE(paused.code == 0, paused.err);
    const auto end = std::chrono::steady_clock::now() + deadline;
    std::string waiting;
    do {
      const auto status = document(nodes_.at("hub")->ask({"status", "--json"}));
      waiting = text(status, "pending_jobs") + "+" + text(status, "running_jobs");
    } while (waiting != "0+0" && std::chrono::steady_clock::now() < end);
    BOOST_TEST(waiting == "0+0");
    const auto verdict = nodes_.at("hub")->ask({"check"});
    BOOST_TEST(verdict.code == 0, verdict.out);
    for (const auto* name : {"one", "two", "three", "planner", "hub"}) {
      nodes_.at(name)->program().signal(SIGTERM);
      BOOST_TEST(nodes_.at(name)->program().wait() == 0);
    }
    const auto verified = run({"verify", "--data", folder_ / "hub"});
    BOOST_TEST(verified.code == 0, verified.out);
    check_store(folder_ / "hub", promised_);
  }

private:
  void start(const std::string& name) {
    auto options = options_.at(name);
    options.insert(options.end(), {"--name", name, "--quiet"});
    nodes_[name].reset(); // the one before it
    nodes_[name] = std::make_unique<served_node>(folder_ / name, options);
  }
  void kill(const std::string& name) {
    BOOST_TEST_MESSAGE("kill " << name);
    nodes_.at(name)->program().signal(SIGKILL);
    start(name);
  }
  void stall(const std::string& name, std::chrono::milliseconds length) {
    BOOST_TEST_MESSAGE("stall " << name << " for " << length.count() << " ms");
    const auto& program = nodes_.at(name)->program();
    program.signal(SIGSTOP);
    ::poll(nullptr, 0, static_cast<int>(length.count())); // the fault itself: nothing is waited for
    program.signal(SIGCONT);
  }

  static constexpr const char* names[] = {"hub", "planner", "one", "two", "three"};

  std::mt19937_64 random_;
  scratch_folder folder_;
  std::string address_ = free_address();
  std::map<std::string, std::vector<std::string>> options_;
  std::map<std::string, std::unique_ptr<served_node>> nodes_;
  acknowledged promised_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_faults)

BOOST_AUTO_TEST_CASE(nothing_is_lost_and_nothing_fires_twice) {
  const auto seed =
      static_cast<std::uint64_t>(from_environment("CARILLON_SEED", static_cast<int>(std::random_device{}() >> 1U)));
  const int faults = from_environment("CARILLON_FAULTS", 50);
  BOOST_TEST_MESSAGE("CARILLON_SEED=" << seed << " CARILLON_FAULTS=" << faults);
  faulty_cluster cluster{seed};
  cluster.add_schedules(50);
  for (int n = 0; n < faults; ++n) {
    cluster.fault();
    cluster.add_jobs(5);
  }
  cluster.finish();
}

BOOST_AUTO_TEST_SUITE_END()
