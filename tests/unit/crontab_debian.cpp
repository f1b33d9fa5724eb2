// The crontabs that a Debian system has: each entry is read, and its next time is the right one.
#include "crontab/crontab_files.hpp"
#include "crontab/schedules.hpp"

#include "carillon/base/time.hpp"
#include "carillon/model/command.hpp"
#include "carillon/trigger/trigger.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::crontab;

namespace {

const std::string data = CARILLON_TEST_DATA "/crontab";

// A Wednesday, 10:30 in Berlin; summer time ends on the Sunday after it.
const timestamp now = parse_iso8601("2026-10-21T08:30:00Z").value();

class no_users final : public user_directory {
public:
  result<std::optional<user_account>> find_user(const std::string&) const override {
    return std::optional<user_account>{};
  }
  bool is_folder(const std::string&) const override { return true; }
};

// The schedules of a source; no line of it may be wrong.
std::vector<schedule_definition> schedules_of(const std::string& path) {
  const entry_settings settings{.timezone = "Europe/Berlin", .identity = {{"root", "/root"}, true}, .boot_id = "boot"};
  std::vector<schedule_definition> all;
  id_maker ids;
  for (const auto& file : read_source({path, crontab_kind::system}, false).files) {
    const auto parsed = parse_crontab(file.text.value(), file.kind);
    BOOST_TEST(parsed.faults.empty(), file.path);
    const auto made = make_schedules(file.path, parsed.entries, settings, no_users{}, now, ids).value();
    BOOST_TEST(made.faults.empty(), file.path);
    all.insert(all.end(), made.schedules.begin(), made.schedules.end());
  }
  return all;
}

// `file: times`, and the first two fire times, as `month-dayThour:minute` in UTC.
std::string next_times_of(const schedule_definition& of) {
  const auto& about = of.metadata.at("crontab");
  auto text =
      fmt::format("{}: {}:", std::filesystem::path{*about.find("file")->get_if<std::string>()}.filename().string(),
                  *about.find("times")->get_if<std::string>());
  auto when = trigger::make(of.trigger).value();
  for (int i = 0; i < 2; ++i)
    text += " " + to_iso8601(when.next().value().value()).substr(5, 11);
  return text;
}

void check_next_times(const std::string& path, const std::vector<std::string>& expected) {
  std::vector<std::string> actual;
  for (const auto& schedule : schedules_of(path))
    actual.push_back(next_times_of(schedule));
  BOOST_CHECK_EQUAL_COLLECTIONS(actual.begin(), actual.end(), expected.begin(), expected.end());
}

} // namespace

BOOST_AUTO_TEST_SUITE(crontab_debian)

BOOST_AUTO_TEST_CASE(the_system_crontab_has_the_right_next_times) {
  check_next_times(data + "/system", {
                                         "system: 17 * * * *: 10-21T09:17 10-21T10:17",
                                         "system: 25 6 * * *: 10-22T04:25 10-23T04:25",
                                         "system: 47 6 * * 7: 10-25T05:47 11-01T05:47", // the first one in winter time
                                         "system: 52 6 1 * *: 11-01T05:52 12-01T05:52",
                                     });
}

BOOST_AUTO_TEST_CASE(the_files_of_packages_have_the_right_next_times) {
  check_next_times(data + "/cron.d",
                   {
                       "anacron: 30 7-23 * * *: 10-21T08:30 10-21T09:30", // `now` itself counts
                       "certbot: 0 */12 * * *: 10-21T10:00 10-21T22:00",
                       "e2scrub_all: 30 3 * * 0: 10-25T02:30 11-01T02:30", // the hour after the repeated one
                       "e2scrub_all: 10 3 * * *: 10-22T01:10 10-23T01:10",
                       "mdadm: 57 0 * * 0: 10-24T22:57 10-31T23:57",
                       "php: 09,39 * * * *: 10-21T08:39 10-21T09:09",
                       "popularity-contest: 41 10 * * *: 10-21T08:41 10-22T08:41",
                       "sysstat: 5-55/10 * * * *: 10-21T08:35 10-21T08:45",
                       "sysstat: 59 23 * * *: 10-21T21:59 10-22T21:59",
                   });
}

BOOST_AUTO_TEST_CASE(their_commands_arrive_as_the_shell_is_to_see_them) {
  for (const auto& schedule : schedules_of(data + "/cron.d/mdadm")) {
    const auto spec = to_command_spec(schedule.arguments).value();
    BOOST_TEST(spec.shell_line.find("$(date +%d)") != std::string::npos, spec.shell_line);
    BOOST_TEST(spec.standard_input == "");
  }
  for (const auto& schedule : schedules_of(data + "/cron.d/popularity-contest"))
    BOOST_TEST(*schedule.metadata.at("crontab").find("mailto")->get_if<std::string>() == "root");
}

BOOST_AUTO_TEST_SUITE_END()
