// `carillon simulate`: a crontab, a document, and the store of a node, in virtual time.
#include "system/json_answer.hpp"

#include <fstream>
#include <map>
#include <optional>
#include <sstream>

using namespace carillon;
using namespace carillon::system_test;

namespace {

const std::vector<std::string> two_hours{"--from", "2026-10-25T00:00Z", "--to", "2026-10-25T02:00Z"};

ended simulate(std::vector<std::string> more, const std::vector<std::string>& times = two_hours) {
  more.insert(more.begin(), "simulate");
  more.insert(more.end(), times.begin(), times.end());
  return run(more);
}

std::string write(const std::string& path, const std::string& text) {
  std::ofstream{path} << text;
  return path;
}

std::map<std::string, std::string> files_of(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) {
    if (!each.is_regular_file())
      continue;
    std::ifstream in{each.path(), std::ios::binary};
    all[each.path()] = std::string{std::istreambuf_iterator<char>{in}, {}} +
                       std::to_string(each.last_write_time().time_since_epoch().count());
  }
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(simulate_command)

BOOST_AUTO_TEST_CASE(a_crontab_is_told_through_the_end_of_summer_time) {
  const scratch_folder folder;
  const auto crontab = write(folder / "my.crontab", "CRON_TZ=Europe/Berlin\n"
                                                    "30 2 * * * nightly --once\n"
                                                    "*/30 * * * * half-hourly\n"
                                                    "61 * * * * wrong\n");
  const auto told = simulate({"--crontab", crontab, "--json"});
  BOOST_TEST(has(told.err, "my.crontab:4:1: minute: 61"), told.err);
  std::map<std::string, std::vector<std::string>> times;
  for (const auto& what : documents(told)) {
    BOOST_TEST(text(what, "what") == R"("job")");
    times[text(what, "schedule_id")].push_back(text(what, "local_time"));
  }
  BOOST_TEST_REQUIRE(times.size() == 2U);
  const std::vector<std::string> nightly{R"("2026-10-25T02:30:00.000000+02:00")"};
  const std::vector<std::string> half_hourly{
      R"("2026-10-25T02:00:00.000000+02:00")", R"("2026-10-25T02:30:00.000000+02:00")",
      R"("2026-10-25T02:00:00.000000+01:00")", R"("2026-10-25T02:30:00.000000+01:00")"};
  const auto& first = times.begin()->second;
  const auto& second = times.rbegin()->second;
  BOOST_TEST((first == nightly || second == nightly));
  BOOST_TEST((first == half_hourly || second == half_hourly));

  const auto shown = simulate({"--crontab", crontab, "--limit", "1"});
  BOOST_TEST(shown.code == 0, shown.err);
  for (const auto* part : {"FIRE TIME", "... and 4 more", "LONGEST GAP", "nightly --once", "30m"})
    BOOST_TEST(has(shown.out, part), shown.out);
}

BOOST_AUTO_TEST_CASE(a_document_of_tasks_and_schedules_is_told_with_what_is_assumed) {
  const scratch_folder folder;
  const auto file = write(folder / "schedules.json", R"({
    "tasks": [{"id": "report", "time_limit": "1h"}],
    "schedules": [
      {"id": "a", "task": "report", "trigger": {"type": "interval", "minutes": 30}, "overlap": "skip"},
      {"id": "b", "task": "mail", "trigger": {"type": "interval", "hours": 1}}]})");
  const auto told = documents(simulate({"--config", file, "--assume", "report=40m", "--json"}));
  std::string a;
  for (const auto& what : told)
    if (text(what, "schedule_id") == R"("a")")
      a += text(what, "what") + text(what, "reason") + " ";
  BOOST_TEST(a == R"("job"null "skip""overlap" "job"null "skip""overlap" )");
  const auto filtered = documents(simulate({"--config", file, "--schedule", "b", "--limit", "1", "--json"}));
  BOOST_TEST_REQUIRE(filtered.size() == 1U);
  BOOST_TEST(text(filtered[0], "schedule_id") == R"("b")");
  BOOST_TEST(text(filtered[0], "task") == R"("mail")");
  const auto late = documents(simulate({"--config", file, "--schedule", "b", "--json", "--no-scheduler",
                                        "2026-10-25T00:30Z/2026-10-25T01:30Z", "--pause", "a=2026-10-25T00:00Z"}));
  BOOST_TEST_REQUIRE(late.size() == 2U);
  BOOST_TEST(text(late[1], "first") == R"("2026-10-25T01:00:00.000000Z")");
  BOOST_TEST(text(late[1], "started_at") == R"("2026-10-25T01:30:00.000000Z")");
  const auto summary = simulate({"--config", file, "--limit", "0"});
  BOOST_TEST(!has(summary.out, "FIRE TIME"), summary.out);
  BOOST_TEST(has(summary.out, "SCHEDULE"), summary.out);
}

BOOST_AUTO_TEST_CASE(a_store_goes_on_in_a_copy_and_nothing_in_its_folder_changes) {
  const scratch_folder folder;
  const auto data = folder / "data";
  std::optional<served_node> node{std::in_place, data, std::vector<std::string>{"--role", "none"}};
  BOOST_TEST(node->ask({"schedule", "add", "tick", "--cron", "0 3 * * *", "--timezone", "UTC", "--", "true"}).code ==
             0);
  BOOST_TEST(node->ask({"schedule", "add", "off", "--every", "1h", "--paused", "--", "true"}).code == 0);
  BOOST_TEST(node->ask({"job", "run", "--not-before", "2100-01-01T00:00Z", "--", "true"}).code == 0);
  const auto shown = document(node->ask({"schedule", "show", "tick", "--json"}));
  const std::vector<std::string> words{"--data", data, "--json"};
  const std::vector<std::string> times{"--from", "2099-12-31T00:00Z", "--to", "2100-01-01T02:00Z"};
  const auto before = files_of(data);
  const auto beside = simulate(words, times);
  BOOST_TEST((files_of(data) == before));
  node->program().signal(SIGTERM);
  BOOST_TEST(node->program().wait() == 0);
  node.reset();
  const auto stopped = files_of(data);
  const auto alone = simulate(words, times);
  BOOST_TEST((files_of(data) == stopped));
  BOOST_TEST(beside.out == alone.out);
  const auto told = documents(alone);
  BOOST_TEST_REQUIRE(told.size() == 4U); // the job that waits; a downtime of many years; the jobs of two nights
  BOOST_TEST(text(told[0], "schedule_id") == "null");
  BOOST_TEST(text(told[0], "started_at") == R"("2100-01-01T00:00:00.000000Z")");
  BOOST_TEST(text(told[1], "reason") == R"("coalesced")");
  BOOST_TEST(text(told[1], "first") == text(shown, "next_fire_time"));
  BOOST_TEST(text(told[2], "first") == R"("2099-12-30T03:00:00.000000Z")");
  BOOST_TEST(text(told[3], "first") == R"("2099-12-31T03:00:00.000000Z")");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_by_name) {
  const scratch_folder folder;
  const auto refused = [](const ended& what, const std::string& why, int code = 2) {
    BOOST_TEST(what.code == code, what.err);
    BOOST_TEST(has(what.err, why), what.err);
    BOOST_TEST(what.out == "");
  };
  refused(run({"simulate"}), "give --crontab, --config or --data", 1);
  refused(simulate({"--crontab", folder / "none"}), "there is no such file or folder");
  refused(simulate({"--data", folder / "none"}), "there is no store in ");
  const auto crontab = write(folder / "c", "@hourly true\n");
  refused(simulate({"--crontab", crontab}, {"--from", "2026-10-25T00:00Z", "--to", "2026-10-24T00:00Z"}),
          "isn't later than from");
  refused(simulate({"--crontab", crontab, "--assume", "long"}), "--assume: ");
  refused(simulate({"--crontab", crontab, "--schedule", "x", "--json"}), "--schedule: there is no schedule \"x\"");
  refused(simulate({"--config", write(folder / "bad", "{\"schedules\": [{}]}")}), "--config: schedules: entry 1: id");
  BOOST_TEST(has(run({"simulate", "--help"}).out, "carillon simulate --crontab my.crontab"));
}

BOOST_AUTO_TEST_SUITE_END()
