// Crontabs applied to a node: what a load and a reload change in its store.
#include "crontab/crontab_service.hpp"
#include "crontab/schedules.hpp"
#include "scratch_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace carillon;
using namespace carillon::crontab;
namespace fs = std::filesystem;

namespace {

struct crontab_fixture {
  std::string write(const std::string& name, const std::string& text) const { return folder.write(name, text); }
  // The schedules of all files by their command, so that a test can name them.
  std::map<std::string, schedule> schedules() {
    std::map<std::string, schedule> all;
    for (auto& item : served.list_schedules({1'000, ""}).get().or_throw().items) {
      const auto* line = item.definition.arguments.find("shell_line");
      all.emplace(line == nullptr ? item.definition.id : *line->get_if<std::string>(), std::move(item));
    }
    return all;
  }

  const test::scratch_folder folder;
  node served = node::open({}).or_throw();
};

// Counts the jobs that are added.
class heard_jobs {
public:
  explicit heard_jobs(node& of)
    : subscription_(of.subscribe({.types = {event_type::job_added}}, [this](const event&) {
        const std::lock_guard lock{mutex_};
        ++count_;
        more_.notify_all();
      })) {}

  // Whether so many have been added; waits for them.
  bool wait_for(int count) {
    std::unique_lock lock{mutex_};
    return more_.wait_for(lock, std::chrono::seconds{60}, [&] { return count_ >= count; }) && count_ == count;
  }

private:
  std::mutex mutex_;
  std::condition_variable more_;
  int count_ = 0;
  subscription subscription_;
};

std::string counts(const load_report& report) {
  return fmt::format("{} added, {} replaced, {} removed, {} unchanged, {} faults", report.added, report.replaced,
                     report.removed, report.unchanged, report.faults.size());
}

crontab_config config_of(const std::string& path) {
  return {.sources = {{path, crontab_kind::user}}, .timezone = "UTC"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(crontab_service)

BOOST_FIXTURE_TEST_CASE(a_reload_changes_just_what_changed, crontab_fixture) {
  const auto path = write("tab", "0 1 * * * one\n0 2 * * * two\n0 3 * * * three\n");
  crontab::crontab_service crontabs{served, config_of(path)};
  BOOST_TEST(counts(crontabs.load().or_throw()) == "3 added, 0 replaced, 0 removed, 0 unchanged, 0 faults");
  const auto before = schedules();
  BOOST_TEST(counts(crontabs.reload().or_throw()) == "0 added, 0 replaced, 0 removed, 3 unchanged, 0 faults");

  write("tab", "# moved down\n0 1 * * * one\n30 2 * * * two\n0 4 * * * four\n");
  BOOST_TEST(counts(crontabs.reload().or_throw()) == "1 added, 1 replaced, 1 removed, 1 unchanged, 0 faults");
  const auto after = schedules();
  BOOST_TEST(after.size() == 3U);
  BOOST_TEST((after.at("one") == before.at("one")));
  BOOST_TEST(after.at("two").state.incarnation == before.at("two").state.incarnation);
  BOOST_TEST((after.at("two").definition.trigger != before.at("two").definition.trigger));
  BOOST_TEST(after.contains("four"));
  BOOST_TEST(!after.contains("three"));
}

BOOST_FIXTURE_TEST_CASE(a_later_process_finds_its_entries_again, crontab_fixture) {
  const auto path = write("tab", "0 1 * * * one\n@reboot two\n");
  crontab::crontab_service first{served, config_of(path)};
  BOOST_TEST(first.load().or_throw().added == 2U);
  const auto before = schedules();
  crontab::crontab_service second{served, config_of(path)};
  BOOST_TEST(counts(second.load().or_throw()) == "0 added, 0 replaced, 0 removed, 2 unchanged, 0 faults");
  BOOST_TEST((schedules() == before));
  // Told another file, it ends what the first one said.
  crontab::crontab_service third{served, config_of(write("other", "0 1 * * * one\n"))};
  BOOST_TEST(counts(third.load().or_throw()) == "1 added, 0 replaced, 2 removed, 0 unchanged, 0 faults");
}

BOOST_FIXTURE_TEST_CASE(a_paused_entry_stays_paused, crontab_fixture) {
  const auto path = write("tab", "0 1 * * * one\n");
  crontab::crontab_service crontabs{served, config_of(path)};
  BOOST_TEST(crontabs.load().or_throw().added == 1U);
  BOOST_TEST(served.pause_schedule(schedules().at("one").definition.id).get().has_value());
  BOOST_TEST(crontabs.reload().or_throw().unchanged == 1U);
  write("tab", "0 2 * * * one\n");
  BOOST_TEST(crontabs.reload().or_throw().replaced == 1U);
  BOOST_TEST(schedules().at("one").state.paused);
}

BOOST_FIXTURE_TEST_CASE(a_bad_line_is_named_and_the_others_run, crontab_fixture) {
  const auto path = write("tab", "0 1 * * * one\n0 25 * * * two\n");
  crontab::crontab_service crontabs{served, config_of(path)};
  const auto report = crontabs.load().or_throw();
  BOOST_TEST(report.added == 1U);
  BOOST_TEST_REQUIRE(report.faults.size() == 1U);
  BOOST_TEST(report.faults[0] == path + ":2:3: hour: 25 is more than 23");
}

BOOST_FIXTURE_TEST_CASE(a_file_without_one_good_line_keeps_its_entries_and_an_empty_one_does_not, crontab_fixture) {
  const auto path = write("tab", "0 1 * * * one\n0 2 * * * two\n");
  crontab::crontab_service crontabs{served, config_of(path)};
  BOOST_TEST(crontabs.load().or_throw().added == 2U);
  write("tab", "<html>\n# an error page, saved by mistake\n</html>\n");
  const auto report = crontabs.reload().or_throw();
  BOOST_TEST(counts(report) == "0 added, 0 replaced, 0 removed, 0 unchanged, 3 faults");
  BOOST_TEST(report.faults.back() == path + ": no line of it is an entry; what was read from it before goes on");
  BOOST_TEST(schedules().size() == 2U);
  write("tab", "<html>\n0 2 * * * two\n"); // one good line: the file is what it says
  BOOST_TEST(counts(crontabs.reload().or_throw()) == "0 added, 0 replaced, 1 removed, 1 unchanged, 1 faults");
  write("tab", "# nothing\nMAILTO=root\n");
  BOOST_TEST(crontabs.reload().or_throw().removed == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_read_keeps_its_entries_and_what_was_removed_does_not, crontab_fixture) {
  fs::create_directory(folder / "cron.d");
  const auto one = write("cron.d/one", "0 1 * * * one\n");
  const auto two = write("cron.d/two", "0 2 * * * two\n");
  crontab::crontab_service crontabs{served, config_of(folder / "cron.d")};
  BOOST_TEST(crontabs.load().or_throw().added == 2U);
  fs::remove(one);
  fs::remove(two);
  BOOST_TEST_REQUIRE(mkfifo(two.c_str(), 0600) == 0);
  const auto report = crontabs.reload().or_throw();
  BOOST_TEST(counts(report) == "0 added, 0 replaced, 1 removed, 0 unchanged, 1 faults");
  BOOST_TEST(report.faults.at(0) == two + ": it isn't a regular file; what was read from it before goes on");
  BOOST_TEST(schedules().contains("two"));
  // A folder that isn't there any more: nobody knows what is in it now.
  fs::remove_all(folder / "cron.d");
  BOOST_TEST(counts(crontabs.reload().or_throw()) == "0 added, 0 replaced, 0 removed, 0 unchanged, 1 faults");
  BOOST_TEST(schedules().contains("two"));
}

BOOST_FIXTURE_TEST_CASE(a_named_file_that_is_not_there_is_an_error_at_the_start_and_ends_its_entries_later,
                        crontab_fixture) {
  crontab::crontab_service absent{served, config_of(folder / "tab")};
  BOOST_TEST((absent.load().err().code() == ec::not_found));
  const auto path = write("tab", "0 1 * * * one\n");
  crontab::crontab_service crontabs{served, config_of(path)};
  BOOST_TEST(crontabs.load().or_throw().added == 1U);
  fs::remove(path);
  BOOST_TEST(counts(crontabs.reload().or_throw()) == "0 added, 0 replaced, 1 removed, 0 unchanged, 1 faults");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_named_twice_is_read_once, crontab_fixture) {
  write("tab", "0 1 * * * one\n0 1 * * * one\n");
  crontab::crontab_service crontabs{
      served, {.sources = {{folder / "tab", crontab_kind::user}, {folder / "./tab", crontab_kind::user}}}};
  BOOST_TEST(crontabs.load().or_throw().added == 2U);
  const auto all = served.list_schedules({}).get().or_throw().items;
  BOOST_TEST(all.at(1).definition.id == all.at(0).definition.id + "#2");
}

BOOST_FIXTURE_TEST_CASE(a_reboot_entry_of_a_reload_waits_for_the_next_boot, crontab_fixture) {
  const auto path = write("tab", "@reboot one\n");
  crontab::crontab_service crontabs{served, config_of(path)};
  BOOST_TEST(crontabs.load().or_throw().added == 1U);
  write("tab", "@reboot one\n@reboot two\n");
  BOOST_TEST(crontabs.reload().or_throw().added == 1U);
  const auto all = schedules();
  BOOST_TEST((*all.at("one").state.next_fire_time <= system_clock().now().wall));
  BOOST_TEST((*all.at("two").state.next_fire_time > system_clock().now().wall + reboot_interval / 2));
}

BOOST_FIXTURE_TEST_CASE(a_reboot_entry_runs_once_in_each_boot, crontab_fixture) {
  const auto path = write("tab", "@reboot one\n");
  heard_jobs jobs{served};
  crontab::crontab_service crontabs{served, config_of(path)};
  BOOST_TEST(crontabs.load().or_throw().added == 1U);
  BOOST_TEST_REQUIRE(served.start().has_value());
  BOOST_TEST(jobs.wait_for(1));
  BOOST_TEST(crontabs.load().or_throw().unchanged == 1U);
  const auto id = schedules().at("one").definition.id;
  BOOST_TEST((*schedules().at("one").state.next_fire_time > system_clock().now().wall + reboot_interval / 2));

  auto earlier = schedules().at("one").definition; // as an earlier boot would have left it
  auto about = *earlier.metadata.at("crontab").get_if<value::map>();
  about["boot"] = "an earlier one";
  earlier.metadata["crontab"] = about;
  BOOST_TEST(served.add_schedule(earlier, conflict_policy::replace).get().has_value());
  BOOST_TEST(crontabs.load().or_throw().replaced == 1U);
  BOOST_TEST(jobs.wait_for(2));
  BOOST_TEST(crontabs.load().or_throw().unchanged == 1U);
  BOOST_TEST(served.list_jobs({.schedule_id = id}).get().or_throw().items.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(many_entries_are_applied_in_parts, crontab_fixture) {
  std::string text;
  for (int i = 0; i < 1'234; ++i)
    text += fmt::format("{} {} * * * echo {}\n", i % 60, i % 24, i);
  const auto path = write("tab", text);
  crontab::crontab_service crontabs{served, config_of(path)};
  BOOST_TEST(crontabs.load().or_throw().added == 1'234U);
  BOOST_TEST(crontabs.reload().or_throw().unchanged == 1'234U);
  write("tab", "");
  BOOST_TEST(crontabs.reload().or_throw().removed == 1'234U);
}

BOOST_AUTO_TEST_SUITE_END()
