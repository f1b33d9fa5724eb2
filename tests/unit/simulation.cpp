// Schedules in virtual time: what each policy makes of fire times, as lists.
#include "engine/simulation.hpp"

#include "carillon/store/memory_disk.hpp"
#include "memory/memory_key_value.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

const timestamp start = parse_iso8601("2026-03-02T10:00Z").or_throw();

std::string clock_time(timestamp when) {
  return fmt::format("{:%H:%M:%S}", std::chrono::floor<std::chrono::seconds>(when));
}

// `s 10:01:00 job 10:01:00-10:02:00 success`, `s 10:02:00 skip overlap`, `s 10:02:00..10:09:00 (8) skip coalesced`.
std::string line_of(const simulated_decision& what) {
  auto text = what.schedule_id + " " + clock_time(what.first);
  if (what.last != what.first)
    text += ".." + clock_time(what.last) + (what.count ? fmt::format(" ({})", *what.count) : "");
  text += " " + std::string{to_string(what.what)};
  if (what.reason)
    text += " " + std::string{to_string(*what.reason)};
  if (what.what != simulated_decision::kind::job)
    return text;
  const auto at = [](std::optional<timestamp> when) { return when ? clock_time(*when) : std::string{"?"}; };
  return text + " " + at(what.started_at) + "-" + at(what.ended_at) + " " + std::string{to_string(what.outcome)};
}

struct simulation_fixture {
  simulation_fixture() {
    settings.from = start;
    settings.to = start + 5min;
  }

  schedule_definition& add(const std::string& id, trigger_definition trigger) {
    schedule_definition made;
    made.id = id;
    made.task = "work";
    made.trigger = std::move(trigger);
    schedules.push_back(std::move(made));
    return schedules.back();
  }
  schedule_definition& each_minute(const std::string& id = "s") {
    return add(id, {interval_definition{1min, start, std::nullopt}});
  }
  schedule_definition& cron(const std::string& expression, const std::string& zone = "UTC") {
    classic_cron_definition definition;
    definition.expression = expression;
    definition.start_time = settings.from;
    definition.timezone = zone;
    return add("s", {definition});
  }

  [[nodiscard]] result<simulation_report> simulate(const simulation_callback& tell) const {
    store_config config;
    config.level = durability::none;
    config.lease = engine::simulation::lease;
    config.history_retention = engine::simulation::history_retention;
    disk = std::make_shared<memory_disk>();
    const auto store = open_memory_store(disk, config, system_entropy()).or_throw();
    engine::simulation run{*store, config.bounds, settings, tell};
    if (auto added = run.add(tasks, schedules); !added)
      return added.err();
    return run.run();
  }
  [[nodiscard]] std::vector<simulated_decision> decisions() const {
    std::vector<simulated_decision> all;
    simulate([&](const simulated_decision& what) {
      all.push_back(what);
      return true;
    }).or_throw();
    return all;
  }
  [[nodiscard]] lines list() const {
    lines all;
    for (const auto& what : decisions())
      all.push_back(line_of(what));
    return all;
  }

  simulation_settings settings;
  std::vector<task> tasks;
  std::vector<schedule_definition> schedules;
  mutable std::shared_ptr<memory_disk> disk; // of the newest run
};

} // namespace

BOOST_AUTO_TEST_SUITE(simulation)

BOOST_FIXTURE_TEST_CASE(each_fire_time_before_the_end_is_told_in_order, simulation_fixture) {
  settings.to = start + 2min;
  each_minute("a");
  add("b", {interval_definition{90s, start + 30s, std::nullopt}});
  const lines expected{"a 10:00:00 job 10:00:00-10:00:00 success", "b 10:00:30 job 10:00:30-10:00:30 success",
                       "a 10:01:00 job 10:01:00-10:01:00 success"};
  BOOST_TEST(list() == expected, boost::test_tools::per_element());
  const auto first = decisions().front();
  BOOST_TEST(first.task == "work");
  BOOST_TEST((first.decided_at == start));
  BOOST_TEST((first.count == 1U));
  BOOST_TEST(first.attempts == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_job_that_ends_when_a_fire_time_comes_has_ended, simulation_fixture) {
  settings.to = start + 2min;
  settings.assumed = 1min;
  each_minute().overlap = overlap_policy::skip;
  const lines expected{"s 10:00:00 job 10:00:00-10:01:00 success", "s 10:01:00 job 10:01:00-? none"};
  BOOST_TEST(list() == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(jobs_that_run_long_overlap_where_that_is_allowed, simulation_fixture) {
  settings.assumed = 150s;
  each_minute().overlap = overlap_policy::allow;
  const lines expected{"s 10:00:00 job 10:00:00-10:02:30 success", "s 10:01:00 job 10:01:00-10:03:30 success",
                       "s 10:02:00 job 10:02:00-10:04:30 success", "s 10:03:00 job 10:03:00-? none",
                       "s 10:04:00 job 10:04:00-? none"};
  BOOST_TEST(list() == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(skip_drops_what_comes_while_one_runs, simulation_fixture) {
  settings.assumed = 150s;
  each_minute().overlap = overlap_policy::skip;
  const lines expected{"s 10:00:00 job 10:00:00-10:02:30 success", "s 10:01:00 skip overlap", "s 10:02:00 skip overlap",
                       "s 10:03:00 job 10:03:00-? none", "s 10:04:00 skip overlap"};
  BOOST_TEST(list() == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(queue_one_keeps_one_waiting_and_queue_all_every_one, simulation_fixture) {
  settings.assumed = 150s;
  each_minute().overlap = overlap_policy::queue_one;
  const lines one{"s 10:00:00 job 10:00:00-10:02:30 success", "s 10:01:00 job 10:02:30-? none",
                  "s 10:02:00 skip overlap", "s 10:03:00 job ?-? none", "s 10:04:00 skip overlap"};
  BOOST_TEST(list() == one, boost::test_tools::per_element());
  schedules[0].overlap = overlap_policy::queue_all;
  const lines all{"s 10:00:00 job 10:00:00-10:02:30 success", "s 10:01:00 job 10:02:30-? none",
                  "s 10:02:00 job ?-? none", "s 10:03:00 job ?-? none", "s 10:04:00 job ?-? none"};
  BOOST_TEST(list() == all, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(cancel_running_ends_the_one_that_runs, simulation_fixture) {
  settings.to = start + 3min;
  settings.assumed = 150s;
  each_minute().overlap = overlap_policy::cancel_running;
  const lines expected{"s 10:00:00 job 10:00:00-10:01:00 cancelled", "s 10:01:00 job 10:01:00-10:02:00 cancelled",
                       "s 10:02:00 job 10:02:00-? none"};
  BOOST_TEST(list() == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(after_a_time_without_a_scheduler_fire_times_are_coalesced, simulation_fixture) {
  settings.no_scheduler = {{start + 2min, start + 3min}, {start + 30s, start + 2min}}; // they touch
  each_minute().coalesce = coalesce_policy::latest;
  const lines latest{"s 10:00:00 job 10:00:00-10:00:00 success", "s 10:01:00..10:02:00 (2) skip coalesced",
                     "s 10:03:00 job 10:03:00-10:03:00 success", "s 10:04:00 job 10:04:00-10:04:00 success"};
  BOOST_TEST(list() == latest, boost::test_tools::per_element());
  schedules[0].coalesce = coalesce_policy::earliest;
  const lines earliest{"s 10:00:00 job 10:00:00-10:00:00 success", "s 10:01:00 job 10:03:00-10:03:00 success",
                       "s 10:02:00..10:03:00 (2) skip coalesced", "s 10:04:00 job 10:04:00-10:04:00 success"};
  BOOST_TEST(list() == earliest, boost::test_tools::per_element());
  schedules[0].coalesce = coalesce_policy::all;
  schedules[0].max_catch_up = 2;
  const lines all{"s 10:00:00 job 10:00:00-10:00:00 success", "s 10:01:00 skip catch_up_limit",
                  "s 10:02:00 job 10:03:00-10:03:00 success", "s 10:03:00 job 10:03:00-10:03:00 success",
                  "s 10:04:00 job 10:04:00-10:04:00 success"};
  BOOST_TEST(list() == all, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_is_later_than_its_grace_time_is_a_misfire, simulation_fixture) {
  settings.no_scheduler = {{start + 30s, start + 150s}};
  each_minute().misfire_grace_time = 1min;
  const lines expected{"s 10:00:00 job 10:00:00-10:00:00 success", "s 10:01:00 skip misfire",
                       "s 10:02:00 job 10:02:30-10:02:30 success", "s 10:03:00 job 10:03:00-10:03:00 success",
                       "s 10:04:00 job 10:04:00-10:04:00 success"};
  BOOST_TEST(list() == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(jitter_moves_the_start_and_nothing_else, simulation_fixture) {
  each_minute();
  const auto without = decisions();
  schedules[0].max_jitter = 50s;
  const auto with = decisions();
  BOOST_TEST_REQUIRE(with.size() == without.size());
  bool is_moved = false;
  for (std::size_t i = 0; i < with.size(); ++i) {
    BOOST_TEST((with[i].first == without[i].first));
    BOOST_TEST((with[i].not_before >= with[i].first && with[i].not_before <= with[i].first + 50s));
    BOOST_TEST((with[i].started_at == with[i].not_before || with[i].not_before >= settings.to));
    BOOST_TEST((without[i].not_before == without[i].first));
    is_moved = is_moved || with[i].not_before > with[i].first;
  }
  BOOST_TEST(is_moved);
}

BOOST_FIXTURE_TEST_CASE(limits_make_jobs_wait, simulation_fixture) {
  settings.to = start + 1min;
  settings.assumed_for = {{"b", 20s}};
  settings.assumed = 10s;
  for (const auto* id : {"a", "b", "c"})
    each_minute(id).limit = concurrency_limit{"key", 1};
  const auto in_any_order = [](std::vector<simulated_decision> all) {
    std::vector<std::int64_t> lengths;
    std::ranges::sort(all, {}, [](const auto& x) { return *x.started_at; });
    for (std::size_t i = 1; i < all.size(); ++i)
      lengths.push_back((*all[i].started_at == *all[i - 1].ended_at) ? 1 : 0);
    return lengths;
  };
  const std::vector<std::int64_t> one_after_the_other{1, 1};
  BOOST_TEST((in_any_order(decisions()) == one_after_the_other)); // of one instant: in the order of their ids
  for (auto& each : schedules)
    each.limit.reset();
  task limited;
  limited.id = "work";
  limited.max_running_jobs = 1;
  tasks = {limited};
  BOOST_TEST((in_any_order(decisions()) == one_after_the_other));
  tasks.clear();
  settings.slots = 1;
  BOOST_TEST((in_any_order(decisions()) == one_after_the_other));
  settings.slots = 0;
  for (const auto& what : decisions())
    BOOST_TEST((what.started_at == start));
}

BOOST_FIXTURE_TEST_CASE(a_limit_lets_all_jobs_of_an_instant_run_that_take_no_time, simulation_fixture) {
  settings.to = start + 1min;
  for (const auto* id : {"a", "b", "c"})
    each_minute(id).limit = concurrency_limit{"key", 1};
  for (const auto& what : decisions())
    BOOST_TEST((what.ended_at == start));
}

BOOST_FIXTURE_TEST_CASE(a_paused_schedule_waits_for_its_resuming, simulation_fixture) {
  each_minute().paused = true;
  BOOST_TEST(list().empty());
  settings.changes = {{start + 210s, simulated_change::action::pause, "s"},
                      {start + 150s, simulated_change::action::resume, "s"}};
  const lines expected{"s 10:00:00..10:02:00 (3) skip paused", "s 10:03:00 job 10:03:00-10:03:00 success"};
  BOOST_TEST(list() == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_hour_that_comes_twice_is_told_with_its_offsets, simulation_fixture) {
  settings.from = parse_iso8601("2026-10-25T00:00Z").or_throw(); // 02:00 in Berlin, for the first time
  settings.to = settings.from + 2h;
  cron("*/30 * * * *", "Europe/Berlin");
  lines got;
  for (const auto& what : decisions())
    got.push_back(clock_time(what.first + what.utc_offset) + fmt::format(" {}h", what.utc_offset / 1h));
  const lines both{"02:00:00 2h", "02:30:00 2h", "02:00:00 1h", "02:30:00 1h"};
  BOOST_TEST(got == both, boost::test_tools::per_element());
  schedules.clear();
  cron("30 2 * * *", "Europe/Berlin"); // a fixed time: once
  const lines once{"s 00:30:00 job 00:30:00-00:30:00 success"};
  BOOST_TEST(list() == once, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_schedule_that_names_no_zone_has_the_local_one, simulation_fixture) {
  settings.to = start + 1min;
  settings.local_zone = "Asia/Kolkata";
  each_minute();
  BOOST_TEST((decisions().front().utc_offset == 5h + 30min));
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_schedule_is_told, simulation_fixture) {
  add("s", {date_definition{start + 90s}});
  const lines expected{"s 10:01:30 job 10:01:30-10:01:30 success", "s 10:01:30 schedule_finished"};
  BOOST_TEST(list() == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_run_is_cut_by_its_time_limit_and_tried_again_as_its_policy_says, simulation_fixture) {
  settings.to = start + 1min;
  settings.assumed = 1h;
  each_minute().time_limit = 10s;
  const lines once{"s 10:00:00 job 10:00:00-10:00:10 timed_out"};
  BOOST_TEST(list() == once, boost::test_tools::per_element());
  retry_policy policy;
  policy.max_attempts = 3;
  policy.delay = 0s;
  schedules[0].retry = policy;
  const lines thrice{"s 10:00:00 job 10:00:00-10:00:30 timed_out"};
  BOOST_TEST(list() == thrice, boost::test_tools::per_element());
  BOOST_TEST(decisions().front().attempts == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_job_that_runs_for_months_keeps_its_lease, simulation_fixture) {
  settings.to = start + 24h * 100;
  settings.assumed = 24h * 90;
  add("s", {date_definition{start}});
  const auto told = decisions();
  BOOST_TEST((told.front().ended_at == start + 24h * 90));
  BOOST_TEST(told.front().attempts == 1U);
}

BOOST_FIXTURE_TEST_CASE(the_same_again_gives_the_same, simulation_fixture) {
  settings.to = start + 3h;
  settings.assumed = 7min;
  each_minute("a").max_jitter = 30s;
  each_minute("b").overlap = overlap_policy::queue_all;
  add("c", {interval_definition{17s, start, std::nullopt}}).limit = concurrency_limit{"key", 3};
  const auto once = list();
  BOOST_TEST(list() == once, boost::test_tools::per_element());
  BOOST_TEST(once.size() > 900U);
}

BOOST_FIXTURE_TEST_CASE(a_no_of_the_callback_ends_it, simulation_fixture) {
  each_minute().arguments = "text";
  int told = 0;
  const auto report = simulate([&](const simulated_decision&) { return ++told < 2; }).or_throw();
  BOOST_TEST(told == 2);
  BOOST_TEST(report.was_stopped);
  BOOST_TEST((report.reached == start + 1min));
  BOOST_TEST_REQUIRE(report.schedules.size() == 1U);
  BOOST_TEST((report.schedules[0] == schedules[0])); // with its arguments, which nothing is decided by
}

BOOST_FIXTURE_TEST_CASE(memory_does_not_grow_with_the_length_of_time, simulation_fixture) {
  settings.to = start + 24h * 10;
  settings.assumed = 10s;
  each_minute();
  each_minute("t").overlap = overlap_policy::skip;
  settings.assumed_for = {{"t", 90s}};
  std::uint64_t most = 0;
  std::uint64_t count = 0;
  const auto report = simulate([&](const simulated_decision&) {
                        if (++count % 1'000 == 0)
                          most = std::max(most, keyed::count_records(*disk));
                        return true;
                      }).or_throw();
  BOOST_TEST(report.decisions == 2U * 14'400);
  BOOST_TEST(!report.was_stopped);
  BOOST_TEST(most > 0U);
  BOOST_TEST(most < 100U);
}

BOOST_FIXTURE_TEST_CASE(what_makes_no_sense_is_refused, simulation_fixture) {
  const auto refusal = [&] {
    const auto report = simulate([](const simulated_decision&) { return true; });
    return report ? std::string{"none"} : report.err().text();
  };
  each_minute();
  settings.changes = {{start, simulated_change::action::pause, "other"}};
  BOOST_TEST(refusal() == "changes: there is no schedule \"other\"");
  settings.changes.clear();
  settings.assumed_for = {{"s", 1s}, {"work", 1s}, {"wrok", 1s}};
  BOOST_TEST(refusal() == "assumed_for: there is no schedule and no task \"wrok\"");
  settings.assumed_for.clear();
  settings.to = start;
  BOOST_TEST(refusal() == "to: 2026-03-02T10:00:00.000000Z isn't later than from, 2026-03-02T10:00:00.000000Z");
  settings.to = start + 1h;
  settings.local_zone = "Mars/Olympus";
  BOOST_TEST(refusal().find("schedule \"s\": unknown time zone \"Mars/Olympus\"") == 0U);
  schedules[0].trigger = {interval_definition{1us, start, std::nullopt}};
  BOOST_TEST(refusal().find("s: trigger: no schedule keeps up with an interval of 1us") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
