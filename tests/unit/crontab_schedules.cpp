// From an entry to the schedule that behaves as cron would: ids, environment, users.
#include "crontab/schedules.hpp"

#include "carillon/model/command.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::crontab;
using namespace std::chrono_literals;

namespace {

const timestamp now{std::chrono::seconds{1'700'000'000}};

class few_users final : public user_directory {
public:
  bool is_reachable = true;

  result<std::optional<user_account>> find_user(const std::string& name) const override {
    if (!is_reachable)
      return {ec::unavailable, "no answer"};
    if (name == "www-data")
      return std::optional{user_account{name, "/var/www"}};
    return std::optional<user_account>{};
  }
  bool is_folder(const std::string& path) const override { return path == "/root" || path == "/srv"; }
};

entry_settings as_root() {
  return {.timezone = "Europe/Berlin", .identity = {{"root", "/root"}, true}, .boot_id = "boot-1"};
}
entry_settings as_anna() {
  return {.timezone = "UTC", .identity = {{"anna", "/home/anna"}, false}, .boot_id = "boot-1"};
}

entry daily(const std::string& command, const std::string& user = "") {
  entry made;
  made.line = 4;
  made.times = "@daily";
  made.times_column = 1;
  made.user = user;
  made.user_column = 8;
  made.written = made.command = command;
  return made;
}

crontab_schedules make(const std::vector<entry>& entries, const entry_settings& settings = as_root()) {
  id_maker ids;
  return make_schedules("/etc/cron.d/job", entries, settings, few_users{}, now, ids).value();
}

command_spec command_of(const schedule_definition& of) { return to_command_spec(of.arguments).value(); }

const std::string& metadata_of(const schedule_definition& of, const std::string& key) {
  static const std::string missing = "(none)";
  const auto* found = of.metadata.at("crontab").find(key);
  return found == nullptr ? missing : *found->get_if<std::string>();
}

} // namespace

BOOST_AUTO_TEST_SUITE(crontab_schedules)

BOOST_AUTO_TEST_CASE(an_entry_becomes_a_schedule_with_crons_policies) {
  const auto made = make({daily("backup")});
  const auto& schedule = made.schedules.at(0);
  BOOST_TEST(schedule.task == "command");
  BOOST_TEST((schedule.overlap == overlap_policy::allow));
  BOOST_TEST((schedule.coalesce == coalesce_policy::latest));
  BOOST_TEST((schedule.misfire_grace_time == duration{1h}));
  const auto& cron = std::get<classic_cron_definition>(schedule.trigger.kind);
  BOOST_TEST(cron.expression == "@daily");
  BOOST_TEST(cron.timezone == "Europe/Berlin");
  BOOST_TEST((cron.start_time == now));
  BOOST_TEST(metadata_of(schedule, "file") == "/etc/cron.d/job");
  BOOST_TEST(metadata_of(schedule, "user") == "root");
  BOOST_TEST(metadata_of(schedule, "times") == "@daily");
  BOOST_TEST(metadata_of(schedule, "mailto") == "(none)");
}

BOOST_AUTO_TEST_CASE(the_zone_of_the_entry_counts) {
  auto entry = daily("x");
  entry.timezone = "Asia/Tokyo";
  BOOST_TEST(std::get<classic_cron_definition>(make({entry}).schedules.at(0).trigger.kind).timezone == "Asia/Tokyo");
}

BOOST_AUTO_TEST_CASE(the_environment_is_crons_and_not_the_nodes) {
  const auto made = make({daily("x")});
  const auto spec = command_of(made.schedules.at(0));
  BOOST_TEST(spec.clear_environment);
  const std::map<std::string, std::string> expected{
      {"SHELL", "/bin/sh"}, {"PATH", "/usr/bin:/bin"}, {"HOME", "/root"}, {"LOGNAME", "root"}, {"USER", "root"}};
  BOOST_TEST((spec.environment == expected));
  BOOST_TEST(spec.shell == "/bin/sh");
  BOOST_TEST(spec.working_directory == "/root");
  BOOST_TEST(spec.user == "");
}

BOOST_AUTO_TEST_CASE(variables_of_the_file_count) {
  auto entry = daily("x");
  entry.variables = {{"SHELL", "/bin/bash"}, {"PATH", "/opt"}, {"HOME", "/srv"}, {"MAILTO", "anna"}, {"A", "b"}};
  const auto made = make({entry});
  const auto spec = command_of(made.schedules.at(0));
  BOOST_TEST(spec.shell == "/bin/bash");
  BOOST_TEST(spec.environment.at("PATH") == "/opt");
  BOOST_TEST(spec.environment.at("A") == "b");
  BOOST_TEST(spec.working_directory == "/srv");
  BOOST_TEST(metadata_of(made.schedules.at(0), "mailto") == "anna");
}

BOOST_AUTO_TEST_CASE(root_runs_the_entries_of_others_as_them) {
  const auto made = make({daily("x", "www-data"), daily("x", "root")});
  const auto spec = command_of(made.schedules.at(0));
  BOOST_TEST(spec.user == "www-data");
  BOOST_TEST(spec.environment.at("HOME") == "/var/www");
  BOOST_TEST(spec.environment.at("LOGNAME") == "www-data");
  BOOST_TEST(spec.environment.at("USER") == "www-data");
  BOOST_TEST(spec.working_directory == "/"); // its home isn't there
  BOOST_TEST(command_of(made.schedules.at(1)).user == "");
}

BOOST_AUTO_TEST_CASE(entries_of_other_users_are_refused_and_named) {
  const auto unknown = make({daily("x", "ghost")});
  BOOST_TEST(unknown.schedules.empty());
  BOOST_TEST(unknown.faults.at(0).text == "there is no user \"ghost\"");
  BOOST_TEST(unknown.faults.at(0).line == 4U);
  BOOST_TEST(unknown.faults.at(0).column == 8U);
  const auto not_root = make({daily("x", "www-data"), daily("y", "anna")}, as_anna());
  BOOST_TEST(not_root.schedules.size() == 1U);
  BOOST_TEST(not_root.faults.at(0).text ==
             "the entry is of user \"www-data\": this node runs as \"anna\", and only root can run commands of others");
}

BOOST_AUTO_TEST_CASE(a_user_list_that_does_not_answer_says_nothing_of_the_file) {
  few_users users;
  users.is_reachable = false;
  id_maker ids;
  const auto made = make_schedules("/etc/cron.d/job", {daily("x", "www-data")}, as_root(), users, now, ids);
  BOOST_TEST(!made.has_value());
}

BOOST_AUTO_TEST_CASE(reboot_fires_once_in_a_boot_and_is_never_too_late) {
  auto entry = daily("x");
  entry.times = "@reboot";
  const auto made = make({entry});
  const auto& schedule = made.schedules.at(0);
  BOOST_TEST(std::get<interval_definition>(schedule.trigger.kind).interval.count() == reboot_interval.count());
  BOOST_TEST(!schedule.misfire_grace_time.has_value());
  BOOST_TEST(metadata_of(schedule, "boot") == "boot-1");
  auto settings = as_root();
  settings.boot_id.clear();
  const auto refused = make({entry}, settings);
  BOOST_TEST(refused.schedules.empty());
  BOOST_TEST(refused.faults.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_id_is_of_file_user_and_command) {
  id_maker ids;
  const auto first = ids.make_id("/etc/cron.d/job", "root", "backup");
  BOOST_TEST(first == "crontab/root:job:e7637c93"); // stored in databases: must never change
  BOOST_TEST(ids.make_id("/etc/cron.d/job", "root", "backup") == first + "#2");
  BOOST_TEST(ids.make_id("/etc/cron.d/job", "root", "backup") == first + "#3");
  for (const auto& other : {ids.make_id("/srv/job", "root", "backup"), ids.make_id("/etc/cron.d/job", "anna", "backup"),
                            ids.make_id("/etc/cron.d/job", "root", "backup ")})
    BOOST_TEST(other.substr(other.rfind(':')) != first.substr(first.rfind(':')));
}

BOOST_AUTO_TEST_CASE(an_id_does_not_depend_on_the_times) {
  auto entry = daily("x");
  const auto first = make({entry}).schedules.at(0).id;
  entry.times = "0 3 * * *";
  BOOST_TEST(make({entry}).schedules.at(0).id == first);
}

BOOST_AUTO_TEST_CASE(an_id_keeps_to_the_rules_of_ids) {
  id_maker ids;
  const std::string long_name = "/x/" + std::string(300, 'n');
  for (const auto& id : {ids.make_id(long_name, std::string(300, 'u'), std::string(100'000, 'c')),
                         ids.make_id("/", "", ""), ids.make_id("/tmp/my crontab:ü#", "DOMAIN\\anna$", "%")})
    BOOST_TEST(check_id("id", id).has_value(), id);
  BOOST_TEST(ids.make_id(long_name + "1", "u", "c") != ids.make_id(long_name + "2", "u", "c"));
}

BOOST_AUTO_TEST_SUITE_END()
