// A backfill by the command line.
#include "system/json_answer.hpp"

#include "carillon/base/time.hpp"

using namespace carillon;
using namespace carillon::system_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(backfills)

BOOST_AUTO_TEST_CASE(fire_times_that_lie_behind_run_once_each) {
  const scratch_folder folder;
  served_node node{folder / "data"};
  BOOST_TEST(node.ask({"schedule", "add", "daily", "--cron", "0 0 * * *", "--timezone", "UTC", "--shell",
                       "echo for $CARILLON_SCHEDULED_FIRE_TIME"})
                 .code == 0);
  const std::string id = "01930000-0000-7000-8000-000000000007";
  const std::vector<std::string> line{"schedule", "backfill",          "daily", "--from", "2026-01-01T00:00Z",
                                      "--to",     "2026-01-04T00:00Z", "--as",  id};
  BOOST_TEST(node.ask(line).out == "backfill " + id + ": 3 jobs added, 0 fire times left out\n");
  BOOST_TEST(node.ask(line).code == 0); // asked for twice
  for (const std::string day : {"01", "02", "03"})
    BOOST_TEST(node.program().out().wait_for("for 2026-01-" + day + "T00:00:00"));
  const auto jobs = *document(node.ask({"job", "list", "--json"})).find("jobs")->get_if<value::list>();
  BOOST_TEST(jobs.size() == 3U);
  for (const auto& one : jobs) {
    BOOST_TEST(text(one, "schedule_id") == R"("daily")");
    BOOST_TEST(text(one, "limit") == R"({"key":"backfill:)" + id + R"(","maximum":1})");
  }
  const auto again = node.ask({"schedule", "backfill", "daily", "--from", "2026-01-01T00:00Z", "--to",
                               "2026-01-02T00:00Z", "--which", "all", "--max-running", "2", "--priority=-5", "--json"});
  BOOST_TEST(text(document(again), "added") == "1");
  BOOST_TEST(text(document(again), "next") == "null");
  BOOST_TEST(node.ask({"check"}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_long_range_comes_in_pieces) {
  const scratch_folder folder;
  const served_node node{folder / "data", {"--role", "scheduler"}};
  BOOST_TEST(node.ask({"schedule", "add", "often", "--cron", "* * * * *", "--timezone", "UTC", "--", "true"}).code ==
             0);
  const auto given =
      node.ask({"schedule", "backfill", "often", "--from", "2026-01-01T00:00Z", "--to", "2026-01-03T00:00Z", "--json"});
  BOOST_TEST(text(document(given), "added") == "2880");
}

BOOST_AUTO_TEST_CASE(bad_ranges_are_refused_by_field) {
  const scratch_folder folder;
  const served_node node{folder / "data"};
  BOOST_TEST(node.ask({"schedule", "add", "daily", "--cron", "0 0 * * *", "--", "true"}).code == 0);
  const auto refused = [&](const std::string& from, const std::string& to) {
    const auto answer = node.ask({"schedule", "backfill", "daily", "--from", from, "--to", to});
    BOOST_TEST(answer.code == 2);
    BOOST_TEST(!has(answer.err, "to go on"), answer.err); // the same again would be refused again
    return answer.err;
  };
  BOOST_TEST(has(refused("2026-01-02T00:00Z", "2026-01-01T00:00Z"), "from: "));
  BOOST_TEST(has(refused("2026-01-02T00:00Z", "9000-01-01T00:00Z"), "to: "));
  BOOST_TEST(has(refused("monday", "2026-01-01T00:00Z"), "from: "));
  BOOST_TEST(node.ask({"schedule", "backfill", "daily"}).code == 1);
  const auto of_nobody = node.ask({"schedule", "backfill", "nobody", "--from", "2026-01-01T00:00Z"});
  BOOST_TEST(of_nobody.code == 2);
  BOOST_TEST(of_nobody.err == "carillon: no schedule \"nobody\"\n");
}

BOOST_AUTO_TEST_SUITE_END()
