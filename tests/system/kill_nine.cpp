// A node under load is killed with SIGKILL at random moments, again and again. Whatever the moment: each fire time of each
// schedule is covered exactly once, and nothing that was acknowledged is lost.
#include "carillon/store/data_store.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

struct folder {
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "carillon_kill_nine_XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~folder() { std::filesystem::remove_all(path); }
  std::string path;
};

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

struct acknowledged {
  std::set<std::string> schedules;
  std::set<std::string> jobs;
  void note(const std::string& line) {
    if (line.starts_with("schedule "))
      schedules.insert(line.substr(9));
    else if (line.starts_with("job "))
      jobs.insert(line.substr(4));
  }
};

template <class T, class Read>
std::vector<T> read_all(Read read) {
  std::vector<T> all;
  page_request request{1'000, ""};
  do {
    auto part = read(request).or_throw();
    all.insert(all.end(), part.items.begin(), part.items.end());
    request.after = part.next;
  } while (!request.after.empty());
  return all;
}

/// Each second from the start of the schedule to its cursor: once, by a job or by a skip. Counted here without Carillon's help.
void check_coverage(const schedule& what, const std::multimap<std::string, job>& jobs, const std::vector<skip>& skips) {
  const auto& id = what.definition.id;
  BOOST_REQUIRE_MESSAGE(what.state.covered_to, id << " has never fired");
  std::map<timestamp, int> covered;
  const auto [first, last] = jobs.equal_range(id);
  for (auto one = first; one != last; ++one)
    ++covered[*one->second.scheduled_fire_time];
  for (const auto& range : skips)
    for (auto when = range.first; when <= range.last; when += 1s)
      ++covered[when];
  const auto start = std::get<interval_definition>(what.definition.trigger.kind).start_time;
  for (auto when = start; when <= *what.state.covered_to; when += 1s) {
    const auto found = covered.find(when);
    const int times = found == covered.end() ? 0 : found->second;
    BOOST_CHECK_MESSAGE(times == 1, id << " " << to_iso8601(when) << " is covered " << times << " times");
    if (found != covered.end())
      covered.erase(found);
  }
  BOOST_CHECK_MESSAGE(covered.empty(), id << " has " << covered.size() << " fire times that it shouldn't have");
}

void check_store(const std::string& data, const acknowledged& promised) {
  const auto store = open_rocksdb_store(data, {}).or_throw();
  const auto report = store->check().or_throw();
  for (const auto& fault : report.faults)
    BOOST_ERROR(fault);
  const auto schedules = read_all<schedule>([&](const page_request& page) { return store->list_schedules(page); });
  const auto jobs = read_all<job>([&](const page_request& page) { return store->list_jobs({}, page); });
  std::multimap<std::string, job> by_schedule;
  std::set<std::string> ids;
  for (const auto& one : jobs) {
    by_schedule.emplace(one.schedule_id, one);
    ids.insert(one.id.to_string());
  }
  std::set<std::string> names;
  for (const auto& one : schedules) {
    names.insert(one.definition.id);
    check_coverage(one, by_schedule, read_all<skip>([&](const page_request& page) {
                     return store->list_skips(one.definition.id, page);
                   }));
  }
  for (const auto& id : promised.schedules)
    BOOST_CHECK_MESSAGE(names.contains(id), "the schedule " << id << " was acknowledged and is lost");
  for (const auto& id : promised.jobs)
    BOOST_CHECK_MESSAGE(ids.contains(id), "the job " << id << " was acknowledged and is lost");
  BOOST_TEST_MESSAGE(schedules.size() << " schedules, " << jobs.size() << " jobs, " << promised.jobs.size()
                                      << " of them acknowledged to a caller");
  BOOST_TEST(report.jobs == jobs.size());
}

} // namespace

BOOST_AUTO_TEST_SUITE(kill_nine)

BOOST_AUTO_TEST_CASE(nothing_is_lost_and_nothing_fires_twice) {
  const int rounds = from_environment("CARILLON_KILL_ROUNDS", 20);
  const int schedules = from_environment("CARILLON_KILL_SCHEDULES", 500);
  const auto seed =
      static_cast<std::uint64_t>(from_environment("CARILLON_SEED", static_cast<int>(std::random_device{}() >> 1)));
  BOOST_TEST_MESSAGE("CARILLON_SEED=" << seed << ", " << rounds << " rounds, " << schedules << " schedules");
  std::mt19937_64 random{seed};
  const folder data;
  acknowledged promised;
  for (int round = 0; round < rounds; ++round) {
    victim node{data.path, std::to_string(schedules)};
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
  victim last{data.path, "finish"};
  while (!last.line().empty()) {
  }
  BOOST_TEST(last.wait() == 0);
  check_store(data.path, promised);
}

BOOST_AUTO_TEST_SUITE_END()
