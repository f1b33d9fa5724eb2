#pragma once

#include "positions.hpp"
#include "system/coverage.hpp"
#include "system/json_answer.hpp"
#include "system/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <poll.h>

namespace carillon::system_test {

/// Processes of one cluster under load, which are hurt in many ways. Whatever happens: each fire time of each schedule is covered exactly
/// once, nothing that was acknowledged is lost, and each job ends, which `finish` finds out. The first node has the store.
class cluster_under_load {
public:
  /// As many as this build can take.
  [[nodiscard]] static int fewer(int usual_count) {
    return std::max(1, usual_count / static_cast<int>(testing::stride_anywhere()));
  }

  struct member {
    std::vector<std::string> options;
    std::vector<std::string> before = {}; ///< of the command line
  };

  void add(const std::string& name, member what) {
    names_.push_back(name);
    members_[name] = std::move(what);
    start(name);
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

  void kill(const std::string& name) {
    BOOST_TEST_MESSAGE("kill " << name);
    nodes_.at(name)->program().signal(SIGKILL);
    start(name);
  }
  void stall(const std::string& name, std::chrono::milliseconds length) {
    BOOST_TEST_MESSAGE("stall " << name << " for " << length.count() << " ms");
    const auto& program = nodes_.at(name)->program();
    program.signal(SIGSTOP);
    lasts(length);
    program.signal(SIGCONT);
  }
  /// A fault's length: nothing is waited for.
  static void lasts(std::chrono::milliseconds length) { ::poll(nullptr, 0, static_cast<int>(length.count())); }

  /// Jobs of a caller, which notes what is acknowledged.
  void add_jobs(int count) {
    for (int n = 0; n < count; ++n)
      if (const auto said = store().ask({"job", "run", "--", "true"}); said.code == 0)
        promised_.jobs.insert(said.out.substr(0, said.out.find('\n')));
  }
  void add_schedules(int usual_count) {
    for (int n = 0; n < fewer(usual_count); ++n) {
      const auto id = fmt::format("s{}", n);
      const auto overlap = n % 3 == 0 ? "skip" : "allow";
      const auto said = store().ask(
          {"schedule", "add", id, "--every", "1s", "--coalesce", "all", "--overlap", overlap, "--", "true"});
      BOOST_TEST_REQUIRE(said.code == 0, said.err);
      promised_.schedules.insert(id);
    }
  }

  /// Nothing new fires, and all that was begun ends.
  void finish() {
    std::vector<std::string> pause{"schedule", "pause"};
    pause.insert(pause.end(), promised_.schedules.begin(), promised_.schedules.end());
    const auto paused = store().ask(pause);
    BOOST_TEST_REQUIRE(paused.code == 0, paused.err);
    const auto end = std::chrono::steady_clock::now() + deadline;
    std::string waiting;
    do {
      const auto status = document(store().ask({"status", "--json"}));
      waiting = text(status, "pending_jobs") + "+" + text(status, "running_jobs");
    } while (waiting != "0+0" && std::chrono::steady_clock::now() < end);
    BOOST_TEST(waiting == "0+0");
    const auto verdict = store().ask({"check"});
    BOOST_TEST(verdict.code == 0, verdict.out);
    for (auto name = names_.rbegin(); name != names_.rend(); ++name) {
      nodes_.at(*name)->program().signal(SIGTERM);
      BOOST_TEST(nodes_.at(*name)->program().wait() == 0);
    }
    const auto verified = run({"verify", "--data", file(names_.front())});
    BOOST_TEST(verified.code == 0, verified.out);
    check_store(file(names_.front()), promised_);
  }

private:
  [[nodiscard]] const served_node& store() const { return *nodes_.at(names_.front()); }
  void start(const std::string& name) {
    auto [options, before] = members_.at(name);
    options.insert(options.end(), {"--name", name, "--quiet"});
    nodes_[name].reset(); // the one before it
    nodes_[name] = std::make_unique<served_node>(file(name), options, before);
  }

  scratch_folder folder_;
  std::vector<std::string> names_;
  std::map<std::string, member> members_;
  std::map<std::string, std::unique_ptr<served_node>> nodes_;
  acknowledged promised_;
};

/// The choices of a test with faults: CARILLON_SEED repeats them, CARILLON_FAULTS says how many there are.
struct fault_choices {
  explicit fault_choices(int usual_count)
    : count(from_environment("CARILLON_FAULTS", cluster_under_load::fewer(usual_count))) {
    const auto seed = from_environment("CARILLON_SEED", static_cast<int>(std::random_device{}() >> 1U));
    random.seed(static_cast<std::uint64_t>(seed));
    BOOST_TEST_MESSAGE("CARILLON_SEED=" << seed << " CARILLON_FAULTS=" << count);
  }
  std::size_t below(std::size_t limit) { return random() % limit; }
  std::chrono::milliseconds milliseconds(std::size_t limit) {
    return std::chrono::milliseconds{static_cast<long>(below(limit))};
  }

  int count;
  std::mt19937_64 random;
};

} // namespace carillon::system_test
