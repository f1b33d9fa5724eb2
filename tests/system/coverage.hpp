#pragma once

#include "carillon/store/data_store.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

// What must hold of the store that is left behind, whatever has been killed: counted here without Carillon's help.
namespace carillon::system_test {

/// A number that whoever runs the test may set.
inline int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

/// What callers were told is done.
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
inline void check_coverage(const schedule& what, const std::multimap<std::string, job>& jobs,
                           const std::vector<skip>& skips) {
  const auto& id = what.definition.id;
  BOOST_REQUIRE_MESSAGE(what.state.covered_to, id << " has never fired");
  std::map<timestamp, int> covered;
  const auto [first, last] = jobs.equal_range(id);
  for (auto one = first; one != last; ++one)
    ++covered[*one->second.scheduled_fire_time];
  for (const auto& range : skips)
    for (auto when = range.first; when <= range.last; when += std::chrono::seconds{1})
      ++covered[when];
  const auto start = std::get<interval_definition>(what.definition.trigger.kind).start_time;
  for (auto when = start; when <= *what.state.covered_to; when += std::chrono::seconds{1}) {
    const auto found = covered.find(when);
    const int times = found == covered.end() ? 0 : found->second;
    BOOST_CHECK_MESSAGE(times == 1, id << " " << to_iso8601(when) << " is covered " << times << " times");
    if (found != covered.end())
      covered.erase(found);
  }
  BOOST_CHECK_MESSAGE(covered.empty(), id << " has " << covered.size() << " fire times that it shouldn't have");
}

inline void check_store(const std::string& data, const acknowledged& promised) {
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

} // namespace carillon::system_test
