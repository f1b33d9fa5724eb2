// A node under load is killed with SIGKILL at random moments, again and again. Whatever the moment: each fire time of each
// schedule is covered exactly once, and nothing that was acknowledged is lost.
#include "scratch_folder.hpp"
#include "system/coverage.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace carillon;
using namespace carillon::system_test;
using namespace std::chrono_literals;

namespace {

/// A running victim and the end of its standard output.
class victim {
public:
  victim(const std::string& data, const std::string& mode) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::execl(CARILLON_KILL_NINE_NODE, CARILLON_KILL_NINE_NODE, data.c_str(), mode.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
  }
  ~victim() { std::fclose(output_); }

  /// The next line that it printed; empty when it is gone.
  std::string line() {
    char* text = nullptr;
    std::size_t size = 0;
    const auto length = ::getline(&text, &size, output_);
    std::string read(text, length > 0 ? static_cast<std::size_t>(length) - 1 : 0);
    std::free(text);
    return read;
  }
  void kill() const { ::kill(pid_, SIGKILL); }
  int wait() const {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return status;
  }

private:
  pid_t pid_;
  std::FILE* output_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(kill_nine)

BOOST_AUTO_TEST_CASE(nothing_is_lost_and_nothing_fires_twice) {
  const int rounds = from_environment("CARILLON_KILL_ROUNDS", 20);
  const int schedules = from_environment("CARILLON_KILL_SCHEDULES", 500);
  const auto seed =
      static_cast<std::uint64_t>(from_environment("CARILLON_SEED", static_cast<int>(std::random_device{}() >> 1)));
  BOOST_TEST_MESSAGE("CARILLON_SEED=" << seed << ", " << rounds << " rounds, " << schedules << " schedules");
  std::mt19937_64 random{seed};
  const test::scratch_folder folder;
  const auto data = folder.path();
  acknowledged promised;
  for (int round = 0; round < rounds; ++round) {
    victim node{data, std::to_string(schedules)};
    BOOST_REQUIRE(node.line() == "ready");
    // A moment between the very beginning and three seconds of load. Not a sleep: output is read all the while.
    const auto moment = system_clock().now().boot + std::chrono::milliseconds{random() % 3'000};
    for (auto line = node.line(); !line.empty() && system_clock().now().boot < moment; line = node.line())
      promised.note(line);
    node.kill();
    for (auto line = node.line(); !line.empty(); line = node.line())
      if (line.size() == 40 || line.starts_with("schedule ")) // the last one may be cut off
        promised.note(line);
    node.wait();
  }
  victim last{data, "finish"};
  while (!last.line().empty()) {
  }
  BOOST_TEST(last.wait() == 0);
  check_store(data, promised);
}

BOOST_AUTO_TEST_SUITE_END()
