// What a reload of crontabs changes in a store, and what it leaves alone.
#include "crontab/reconcile.hpp"
#include "crontab/schedules.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::crontab;
using namespace std::chrono_literals;

namespace {

const timestamp added{std::chrono::seconds{1'700'000'000}};
const timestamp reloaded = added + 24h;
constexpr auto at_start = new_reboot_entries::run_now;
constexpr auto at_reload = new_reboot_entries::run_at_next_boot;

schedule_definition cron_entry(const std::string& id, const std::string& expression, timestamp start,
                               const std::string& file = "/etc/cron.d/a") {
  schedule_definition made;
  made.id = "crontab/root:" + id;
  made.task = "command";
  made.trigger = {classic_cron_definition{.expression = expression, .start_time = start, .timezone = "UTC"}};
  made.overlap = overlap_policy::allow;
  made.metadata["crontab"] = value::map{{"file", file}, {"user", "root"}, {"times", expression}};
  return made;
}

schedule_definition reboot_entry(timestamp start, const std::string& boot) {
  auto made = cron_entry("boot", "@reboot", start);
  made.trigger = {interval_definition{.interval = reboot_interval, .start_time = start}};
  made.metadata["crontab"] =
      value::map{{"file", "/etc/cron.d/a"}, {"user", "root"}, {"times", "@reboot"}, {"boot", boot}};
  return made;
}

std::vector<schedule> stored(std::vector<schedule_definition> definitions) {
  std::vector<schedule> all;
  all.reserve(definitions.size());
  for (auto& definition : definitions)
    all.push_back({std::move(definition), {}});
  return all;
}

timestamp start_of(const schedule_definition& of) {
  if (const auto* cron = std::get_if<classic_cron_definition>(&of.trigger.kind))
    return cron->start_time;
  return std::get<interval_definition>(of.trigger.kind).start_time;
}

std::string counts(const reconciliation& outcome) {
  return std::to_string(outcome.add.size()) + " added, " + std::to_string(outcome.replace.size()) + " replaced, " +
         std::to_string(outcome.remove.size()) + " removed, " + std::to_string(outcome.unchanged) + " unchanged";
}

} // namespace

BOOST_AUTO_TEST_SUITE(crontab_reconcile)

BOOST_AUTO_TEST_CASE(a_first_load_adds_everything) {
  const auto outcome =
      reconcile({cron_entry("a", "* * * * *", added), cron_entry("b", "@daily", added)}, {}, {}, at_start);
  BOOST_TEST(counts(outcome) == "2 added, 0 replaced, 0 removed, 0 unchanged");
}

BOOST_AUTO_TEST_CASE(an_entry_that_says_the_same_is_unchanged_whenever_it_was_added) {
  const auto outcome =
      reconcile({cron_entry("a", "* * * * *", reloaded)}, stored({cron_entry("a", "* * * * *", added)}), {}, at_reload);
  BOOST_TEST(counts(outcome) == "0 added, 0 replaced, 0 removed, 1 unchanged");
}

BOOST_AUTO_TEST_CASE(new_times_start_now_in_the_same_schedule) {
  const auto outcome =
      reconcile({cron_entry("a", "0 3 * * *", reloaded)}, stored({cron_entry("a", "0 4 * * *", added)}), {}, at_reload);
  BOOST_TEST(counts(outcome) == "0 added, 1 replaced, 0 removed, 0 unchanged");
  BOOST_TEST((start_of(outcome.replace.at(0)) == reloaded));
}

BOOST_AUTO_TEST_CASE(a_changed_variable_keeps_the_start_and_so_the_cursor) {
  auto want = cron_entry("a", "0 3 * * *", reloaded);
  want.arguments = value::map{{"shell_line", "x"}, {"environment", value::map{{"A", "1"}}}};
  const auto outcome = reconcile({want}, stored({cron_entry("a", "0 3 * * *", added)}), {}, at_reload);
  BOOST_TEST(counts(outcome) == "0 added, 1 replaced, 0 removed, 0 unchanged");
  BOOST_TEST((start_of(outcome.replace.at(0)) == added));
}

BOOST_AUTO_TEST_CASE(paused_and_fields_of_a_newer_version_stay) {
  auto have = cron_entry("a", "0 3 * * *", added);
  have.paused = true;
  have.unknown_fields = "newer";
  BOOST_TEST(reconcile({cron_entry("a", "0 3 * * *", reloaded)}, stored({have}), {}, at_reload).unchanged == 1U);
  const auto outcome = reconcile({cron_entry("a", "0 4 * * *", reloaded)}, stored({have}), {}, at_reload);
  BOOST_TEST(outcome.replace.at(0).paused);
  BOOST_TEST(outcome.replace.at(0).unknown_fields == "newer");
}

BOOST_AUTO_TEST_CASE(what_nobody_asks_for_any_more_is_removed_but_not_of_a_file_that_could_not_be_read) {
  const auto in_store = stored({cron_entry("a", "@daily", added), cron_entry("b", "@daily", added, "/etc/cron.d/b")});
  const auto outcome = reconcile({}, in_store, {"/etc/cron.d/b"}, at_reload);
  BOOST_TEST(counts(outcome) == "0 added, 0 replaced, 1 removed, 0 unchanged");
  BOOST_TEST(outcome.remove.at(0) == "crontab/root:a");
}

BOOST_AUTO_TEST_CASE(schedules_from_elsewhere_are_left_alone) {
  auto other = cron_entry("a", "@daily", added);
  other.id = "backup";
  auto named_alike = cron_entry("c", "@daily", added);
  named_alike.metadata.clear();
  BOOST_TEST(file_of(other).empty());
  BOOST_TEST(counts(reconcile({}, stored({other, named_alike}), {}, at_start)) ==
             "0 added, 0 replaced, 0 removed, 0 unchanged");
}

BOOST_AUTO_TEST_CASE(a_new_reboot_entry_runs_at_the_start_of_the_node_and_not_at_a_reload) {
  BOOST_TEST((start_of(reconcile({reboot_entry(added, "one")}, {}, {}, at_start).add.at(0)) == added));
  BOOST_TEST(
      (start_of(reconcile({reboot_entry(added, "one")}, {}, {}, at_reload).add.at(0)) == added + reboot_interval));
}

BOOST_AUTO_TEST_CASE(a_reboot_entry_rests_during_its_boot_and_runs_in_the_next) {
  const auto in_store = stored({reboot_entry(added, "one")});
  for (const auto when : {at_start, at_reload})
    BOOST_TEST(counts(reconcile({reboot_entry(reloaded, "one")}, in_store, {}, when)) ==
               "0 added, 0 replaced, 0 removed, 1 unchanged");
  const auto outcome = reconcile({reboot_entry(reloaded, "two")}, in_store, {}, at_start);
  BOOST_TEST(counts(outcome) == "0 added, 1 replaced, 0 removed, 0 unchanged");
  BOOST_TEST((start_of(outcome.replace.at(0)) == reloaded));
}

BOOST_AUTO_TEST_CASE(a_reboot_entry_that_waits_for_its_first_boot_runs_in_it) {
  const auto waiting = reconcile({reboot_entry(added, "one")}, {}, {}, at_reload).add;
  BOOST_TEST(reconcile({reboot_entry(reloaded, "one")}, stored(waiting), {}, at_start).unchanged == 1U);
  BOOST_TEST(
      (start_of(reconcile({reboot_entry(reloaded, "two")}, stored(waiting), {}, at_start).replace.at(0)) == reloaded));
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_does_not_swallow_the_run_of_a_boot) {
  auto in_store = stored({reboot_entry(reloaded, "one")});
  in_store[0].state.covered_to = reloaded;
  const auto outcome = reconcile({reboot_entry(added, "two")}, in_store, {}, at_start);
  BOOST_TEST((start_of(outcome.replace.at(0)) == reloaded + 1us));
}

BOOST_AUTO_TEST_SUITE_END()
