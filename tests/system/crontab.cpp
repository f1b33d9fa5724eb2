// The real program with a crontab: SIGHUP, a wrong line, a restart within one boot.
#include "system/program.hpp"

#include "carillon/model/value.hpp"
#include "carillon/trigger/defaults.hpp"
#include "carillon/trigger/trigger.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::system_test;

namespace {

void write(const std::string& path, const std::string& text) { std::ofstream{path} << text; }

std::string text_of(const value& of, const std::string& key) {
  const auto* found = of.find(key);
  const auto* text = found == nullptr ? nullptr : found->get_if<std::string>();
  return text == nullptr ? "" : *text;
}

value::list list(const served_node& node, const std::vector<std::string>& command, const std::string& key) {
  const auto answer = node.ask(command);
  BOOST_TEST_REQUIRE(answer.code == 0, answer.err);
  const auto document = parse_json_text(answer.out).value();
  return *document.find(key)->get_if<value::list>();
}

// One text of each schedule by its expression.
std::map<std::string, std::string> by_times(const served_node& node, const std::string& key) {
  std::map<std::string, std::string> texts;
  for (const auto& item : list(node, {"schedule", "list", "--json"}, "schedules"))
    if (const auto* trigger = item.find("trigger"); trigger != nullptr)
      texts.emplace(text_of(*trigger, "expression"), text_of(item, key));
  return texts;
}

// The first fire time from now on, in the machine's zone.
std::string next_time(const std::string& expression) {
  classic_cron_definition definition;
  definition.expression = expression;
  definition.start_time = system_clock().now().wall;
  definition.timezone = machine_zone_name();
  return to_iso8601(trigger::make({definition}).value().next().value().value());
}

bool is_root() { return ::geteuid() == 0; }

} // namespace

BOOST_AUTO_TEST_SUITE(crontab)

BOOST_AUTO_TEST_CASE(a_hangup_reads_the_crontab_again_and_names_its_wrong_lines) {
  const scratch_folder folder;
  const auto tab = folder / "tab";
  write(tab, "0 1 * * * one\n0 2 * * * two\n");
  served_node node{folder / "data", {"--crontab", tab}};
  const auto before = by_times(node, "id");
  BOOST_TEST(before.size() == 2U);

  write(tab, "0 1 * * * one\n30 2 * * * two\n0 24 * * * three\n@daily four\n");
  node.program().signal(SIGHUP);
  BOOST_TEST(node.program().err().wait_for(tab + ":3:3: hour: 24 is more than 23"));
  BOOST_TEST(node.program().err().wait_for("1 entries added, 1 changed, 0 removed, 1 as before"));
  const auto after = by_times(node, "id");
  BOOST_TEST(after.size() == 3U);
  BOOST_TEST(after.at("0 1 * * *") == before.at("0 1 * * *"));
  BOOST_TEST(after.at("30 2 * * *") == before.at("0 2 * * *"));
  BOOST_TEST(after.count("@daily") == 1U);
}

BOOST_AUTO_TEST_CASE(a_reboot_entry_runs_once_however_often_the_node_starts) {
  const scratch_folder folder;
  const auto tab = folder / "tab";
  const auto ran = folder / "ran";
  write(tab, "OUT=" + ran + "\n@reboot cat >>\"$OUT\"%one%two\n");
  for (int start = 0; start < 3; ++start) {
    served_node node{folder / "data", {"--crontab", tab}};
    const auto id = text_of(list(node, {"schedule", "list", "--json"}, "schedules").at(0), "id");
    // A second job would have been made by the time that this one, added later, is done.
    BOOST_TEST(node.ask({"job", "run", "--wait", "--", "true"}).code == 0);
    const auto jobs = list(node, {"job", "list", "--schedule", id, "--json"}, "jobs");
    BOOST_TEST(jobs.size() == 1U);
    const auto result = node.ask({"job", "result", "--wait", text_of(jobs.at(0), "id")});
    BOOST_TEST(result.code == 0, result.err);
    if (start == 1) // the others are killed
      node.program().signal(SIGTERM);
  }
  std::ifstream file{ran};
  const std::string written{std::istreambuf_iterator<char>{file}, {}};
  BOOST_TEST(written == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(debians_system_crontab_is_listed_with_its_next_times) {
  const scratch_folder folder;
  const auto tab = folder / "crontab";
  std::filesystem::copy_file(CARILLON_TEST_DATA "/crontab/system", tab);
  std::filesystem::permissions(tab, std::filesystem::perms{0644});
  const std::vector<std::string> entries{"17 * * * *", "25 6 * * *", "47 6 * * 7", "52 6 1 * *"};
  std::map<std::string, std::string> earliest;
  for (const auto& times : entries)
    earliest[times] = next_time(times);
  served_node node{folder / "data", {"--system", "--crontab", tab}};
  if (!is_root()) {
    BOOST_TEST(node.program().err().wait_for(tab + ":7:12: the entry is of user \"root\""));
    return;
  }
  const auto listed = by_times(node, "next_fire_time");
  BOOST_TEST(listed.size() == entries.size());
  for (const auto& times : entries) // a fire time may have passed between the two questions
    BOOST_TEST((listed.at(times) == earliest[times] || listed.at(times) == next_time(times)), times);
}

BOOST_AUTO_TEST_CASE(root_runs_the_entry_of_another_user_as_that_user) {
  const scratch_folder folder;
  const auto tab = folder / "crontab";
  write(
      tab,
      "GREETING=hello\n@reboot daemon id -un; echo \"$LOGNAME $GREETING\"; cat%in\\%put\n@reboot no-such-user true\n");
  served_node node{folder / "data", {"--system", "--crontab", tab}};
  if (!is_root()) {
    BOOST_TEST(node.program().err().wait_for(tab + ":2:9: the entry is of user \"daemon\""));
    return;
  }
  BOOST_TEST(node.program().err().wait_for(tab + ":3:9: there is no user \"no-such-user\""));
  const auto id = text_of(list(node, {"schedule", "list", "--json"}, "schedules").at(0), "id");
  BOOST_TEST(node.ask({"job", "run", "--wait", "--", "true"}).code == 0);
  const auto jobs = list(node, {"job", "list", "--schedule", id, "--json"}, "jobs");
  BOOST_TEST(node.ask({"job", "result", "--wait", text_of(jobs.at(0), "id")}).out == "daemon\ndaemon hello\nin%put\n");
}

BOOST_AUTO_TEST_CASE(a_crontab_that_is_not_there_is_refused) {
  const scratch_folder folder;
  const auto ended = run({"serve", "--data", folder / "data", "--crontab", folder / "none"});
  BOOST_TEST(ended.code != 0);
  BOOST_TEST(has(ended.err, "there is no such file or folder"), ended.err);
}

BOOST_AUTO_TEST_SUITE_END()
