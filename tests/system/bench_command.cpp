// `carillon bench`: that it measures what it says, and what it prints; not how fast anything is.
#include "system/json_answer.hpp"

#include <map>
#include <set>
#include <sstream>

using namespace carillon;
using namespace carillon::system_test;

namespace {

using words = std::vector<std::string>;

/// Runs a measurement with `--json`; each line of the answer as a document.
std::vector<value> figures(words line) {
  line.insert(line.begin(), "bench");
  line.emplace_back("--json");
  const auto told = run(line);
  BOOST_TEST(told.code == 0, told.err);
  std::vector<value> all;
  std::istringstream in{told.out};
  for (std::string each; std::getline(in, each);) {
    all.push_back(parse_json_text(each).or_throw());
    for (const auto* field : {"bench", "metric", "value", "unit", "settings"})
      BOOST_TEST(all.back().find(field) != nullptr, each);
    BOOST_TEST(text(all.back(), "bench") == "\"" + line[1] + "\"");
  }
  return all;
}

double number(const value& of, const char* key) {
  const auto* found = of.find(key);
  BOOST_TEST_REQUIRE(found != nullptr);
  const auto* exact = found->get_if<std::int64_t>();
  return exact != nullptr ? static_cast<double>(*exact) : *found->get_if<double>();
}

/// By name; each of them once.
std::map<std::string, double> by_metric(const std::vector<value>& all) {
  std::map<std::string, double> found;
  for (const auto& one : all)
    BOOST_TEST(found.emplace(*one.find("metric")->get_if<std::string>(), number(one, "value")).second);
  return found;
}

void check_has(const std::map<std::string, double>& found, const words& metrics) {
  for (const auto& each : metrics)
    BOOST_TEST(found.contains(each), each);
}

std::set<std::string> scratch_folders() {
  std::set<std::string> found;
  for (const auto& each : std::filesystem::directory_iterator{"."})
    if (each.path().filename().string().starts_with("carillon-bench-"))
      found.insert(each.path());
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(bench_command)

BOOST_AUTO_TEST_CASE(throughput_is_told_for_each_durability_and_phase) {
  std::set<std::string> told;
  for (const auto& one :
       figures({"throughput", "--jobs", "50", "--batch", "10", "--in-flight", "2", "--producers", "2"}))
    if (text(one, "unit") == "\"jobs/s\"") {
      BOOST_TEST(number(one, "value") > 0);
      BOOST_TEST(text(*one.find("settings"), "jobs") == "50");
      told.insert(text(*one.find("settings"), "durability") + text(one, "metric"));
    }
  std::set<std::string> expected;
  for (const auto* level : {"\"none\"", "\"async\"", "\"sync\""})
    for (const auto* metric : {"\"enqueue\"", "\"drain\"", "\"end_to_end\""})
      expected.insert(std::string{level} + metric);
  BOOST_TEST(told == expected, boost::test_tools::per_element());
  BOOST_TEST(scratch_folders().empty());
}

BOOST_AUTO_TEST_CASE(single_adds_and_arguments_go_through_too) {
  const auto found = by_metric(figures({"throughput", "--durability", "async", "--jobs", "20", "--batch", "1",
                                        "--in-flight", "4", "--argument-bytes", "1000", "--runner", "inline"}));
  check_has(found, {"enqueue", "drain", "end_to_end", "end_to_end_cpu", "add_wait_p50", "add_wait_p99", "resident"});
}

BOOST_AUTO_TEST_CASE(workers_may_be_processes_of_their_own) {
  const auto found =
      by_metric(figures({"throughput", "--durability", "async", "--jobs", "20", "--batch", "5", "--processes", "2"}));
  BOOST_TEST(found.at("end_to_end") > 0);
  BOOST_TEST(!found.contains("drain"));
}

BOOST_AUTO_TEST_CASE(fires_are_counted_and_timed) {
  const auto found = by_metric(figures({"fires", "--schedules", "5", "--seconds", "1"}));
  check_has(found, {"missing", "lateness_p50", "lateness_p99", "lateness_max"});
  BOOST_TEST(found.at("fires") > 0);
}

BOOST_AUTO_TEST_CASE(each_schedule_of_wakeup_fires_once) {
  const auto found = by_metric(figures({"wakeup", "--schedules", "3", "--seconds", "0.2"}));
  BOOST_TEST(found.at("missing") == 0);
  BOOST_TEST(found.at("lateness_max") > 0);
}

BOOST_AUTO_TEST_CASE(schedules_are_added_and_found_again) {
  const scratch_folder folder;
  const auto all = figures({"schedules", "--schedules", "20", "--schedules", "30", "--data", folder / "data"});
  std::map<std::string, words> sizes;
  for (const auto& one : all)
    sizes[*one.find("metric")->get_if<std::string>()].push_back(text(*one.find("settings"), "schedules"));
  const words expected{"20", "30"};
  for (const auto* metric : {"add", "start_to_ready", "resident"})
    BOOST_TEST(sizes[metric] == expected, boost::test_tools::per_element());
  BOOST_TEST(!std::filesystem::is_empty(folder / "data"));
}

BOOST_AUTO_TEST_CASE(idle_tells_processor_time_and_wake_ups) {
  check_has(by_metric(figures({"idle", "--schedules", "5", "--seconds", "0.05"})),
            {"cpu", "wake_ups", "start_to_ready"});
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_by_a_kill) {
  const auto found = by_metric(figures({"recovery", "--schedules", "5", "--jobs", "40", "--threads", "4"}));
  BOOST_TEST(found.at("lost_jobs") == 0);
  BOOST_TEST(found.at("lost_schedules") == 0);
  BOOST_TEST(found.at("first_job") > 0);
}

BOOST_AUTO_TEST_CASE(people_get_a_table) {
  const auto told = run({"bench", "triggers", "--seconds", "0.001"});
  BOOST_TEST(told.code == 0, told.err);
  for (const auto* part : {"METRIC", "next", "ns", "trigger=0 9 * * 1-5 zone=America/New_York"})
    BOOST_TEST(has(told.out, part), told.out);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_measured_is_refused) {
  for (const auto& line :
       {words{"bench"}, words{"bench", "luck"}, words{"bench", "throughput", "--durability", "never"},
        words{"bench", "throughput", "--batch", "0"}, words{"bench", "throughput", "--batch", "1001"},
        words{"bench", "recovery", "--durability", "none"}, words{"bench", "wakeup", "--seconds", "-1"},
        words{"bench", "idle", "--threads", "2"}})
    BOOST_TEST(run(line).code == 1);
}

BOOST_AUTO_TEST_CASE(a_folder_that_holds_something_is_left_alone) {
  const scratch_folder folder;
  std::filesystem::create_directory(folder / "important");
  const auto told = run({"bench", "throughput", "--data", folder / "."});
  BOOST_TEST(told.code == 2);
  BOOST_TEST(has(told.err, "isn't empty"), told.err);
  BOOST_TEST(std::distance(std::filesystem::directory_iterator{folder / "."}, {}) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
