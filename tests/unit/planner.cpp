#include "engine/planner.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

const timestamp start{1'800'000'000s};

// A schedule that fires each minute from `start` on, with `next` as its next fire time.
due_schedule each_minute(coalesce_policy coalesce = coalesce_policy::latest) {
  due_schedule due;
  auto& definition = due.what.definition;
  definition.id = "s";
  definition.task = "t";
  definition.coalesce = coalesce;
  definition.overlap = overlap_policy::queue_all;
  definition.trigger = {interval_definition{1min, start, std::nullopt}};
  auto rule = trigger::make(definition.trigger).or_throw();
  due.what.state.next_fire_time = *rule.next();
  due.what.state.cursor = rule.cursor();
  due.what.state.incarnation = 5;
  due.what.state.changed = 9;
  return due;
}

fire_plan plan(const due_schedule& due, timestamp now) { return engine::planner{limits{}}.plan(due, now); }

std::vector<int> minutes_of(const fire_plan& plan) {
  std::vector<int> all;
  for (const auto& made : plan.jobs)
    all.push_back(static_cast<int>((*made.scheduled_fire_time - start) / 1min));
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(planner)

BOOST_AUTO_TEST_CASE(one_due_fire_time_becomes_one_job) {
  const auto made = plan(each_minute(), start + 3s);
  BOOST_TEST(minutes_of(made) == std::vector<int>{0}, boost::test_tools::per_element());
  BOOST_TEST(made.skips.empty());
  BOOST_TEST((made.next_fire_time == start + 1min));
  BOOST_TEST((made.covered_to == start));
  BOOST_TEST((made.last_fire_time == start));
  BOOST_TEST(made.based_on == 9u);
  BOOST_TEST((made.jobs[0].id == job_id::of_fire_time("s", 5, start)));
  BOOST_TEST((made.jobs[0].not_before == start));
}

BOOST_AUTO_TEST_CASE(a_fire_time_equal_to_now_is_due) { BOOST_TEST(plan(each_minute(), start).jobs.size() == 1u); }

BOOST_AUTO_TEST_CASE(nothing_happens_before_the_fire_time) {
  const auto made = plan(each_minute(), start - duration{1});
  BOOST_TEST(made.jobs.empty());
  BOOST_TEST((made.next_fire_time == start));
  BOOST_TEST(!made.covered_to);
}

BOOST_AUTO_TEST_CASE(latest_makes_one_job_and_one_range_of_skips) {
  const auto made = plan(each_minute(coalesce_policy::latest), start + 10min + 5s);
  BOOST_TEST(minutes_of(made) == std::vector<int>{10}, boost::test_tools::per_element());
  BOOST_REQUIRE(made.skips.size() == 1u);
  BOOST_TEST((made.skips[0].first == start));
  BOOST_TEST((made.skips[0].last == start + 9min));
  BOOST_TEST((made.skips[0].count == 10u));
  BOOST_TEST((made.skips[0].reason == skip_reason::coalesced));
  BOOST_TEST((made.next_fire_time == start + 11min));
}

BOOST_AUTO_TEST_CASE(earliest_makes_the_first_one_a_job) {
  const auto made = plan(each_minute(coalesce_policy::earliest), start + 10min + 5s);
  BOOST_TEST(minutes_of(made) == std::vector<int>{0}, boost::test_tools::per_element());
  BOOST_REQUIRE(made.skips.size() == 1u);
  BOOST_TEST((made.skips[0].first == start + 1min));
  BOOST_TEST((made.skips[0].last == start + 10min));
  BOOST_TEST((made.covered_to == start + 10min));
}

BOOST_AUTO_TEST_CASE(all_makes_a_job_of_each) {
  const auto made = plan(each_minute(coalesce_policy::all), start + 3min);
  BOOST_TEST(minutes_of(made) == (std::vector<int>{0, 1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(made.skips.empty());
}

BOOST_AUTO_TEST_CASE(catching_up_keeps_the_newest_jobs_and_records_the_others) {
  auto due = each_minute(coalesce_policy::all);
  due.what.definition.max_catch_up = 3;
  const auto made = plan(due, start + 100'000min + 1s);
  BOOST_TEST(minutes_of(made) == (std::vector<int>{99'998, 99'999, 100'000}), boost::test_tools::per_element());
  BOOST_REQUIRE(made.skips.size() == 1u);
  BOOST_TEST((made.skips[0].reason == skip_reason::catch_up_limit));
  BOOST_TEST((made.skips[0].last == start + 99'997min));
  BOOST_TEST((made.skips[0].count == 99'998u));
}

BOOST_AUTO_TEST_CASE(exactly_as_many_as_the_catch_up_limit_are_all_kept) {
  auto due = each_minute(coalesce_policy::all);
  due.what.definition.max_catch_up = 4;
  const auto made = plan(due, start + 3min);
  BOOST_TEST(made.jobs.size() == 4u);
  BOOST_TEST(made.skips.empty());
}

BOOST_AUTO_TEST_CASE(a_fire_time_older_than_the_grace_time_is_a_misfire) {
  auto due = each_minute(coalesce_policy::all);
  due.misfire_grace_time = 90s;
  const auto made = plan(due, start + 5min);
  BOOST_TEST(minutes_of(made) == (std::vector<int>{4, 5}), boost::test_tools::per_element());
  BOOST_REQUIRE(made.skips.size() == 1u);
  BOOST_TEST((made.skips[0].reason == skip_reason::misfire));
  BOOST_TEST((made.skips[0].last == start + 3min));
  BOOST_TEST((made.jobs[0].start_deadline == start + 4min + 90s));
}

BOOST_AUTO_TEST_CASE(a_fire_time_exactly_as_old_as_the_grace_time_still_runs) {
  auto due = each_minute();
  due.misfire_grace_time = 30s;
  BOOST_TEST(plan(due, start + 30s).jobs.size() == 1u);
  BOOST_TEST(plan(due, start + 30s + duration{1}).jobs.empty());
}

BOOST_AUTO_TEST_CASE(a_pause_is_recorded_when_it_ends) {
  auto due = each_minute(coalesce_policy::all);
  due.what.state.resume_from = start + 3min;
  const auto made = plan(due, start + 5min);
  BOOST_TEST(minutes_of(made) == (std::vector<int>{3, 4, 5}), boost::test_tools::per_element());
  BOOST_REQUIRE(made.skips.size() == 1u);
  BOOST_TEST((made.skips[0].reason == skip_reason::paused));
  BOOST_TEST((made.skips[0].count == 3u));
}

BOOST_AUTO_TEST_CASE(resuming_in_the_future_skips_no_more_than_what_is_due) {
  auto due = each_minute();
  due.what.state.resume_from = start + 60min;
  const auto made = plan(due, start + 5min);
  BOOST_TEST(made.jobs.empty());
  BOOST_TEST((made.covered_to == start + 5min));
  BOOST_TEST((made.next_fire_time == start + 6min));
}

BOOST_AUTO_TEST_CASE(queue_one_leaves_room_for_one_that_waits) {
  auto due = each_minute(coalesce_policy::all);
  due.what.definition.overlap = overlap_policy::queue_one;
  const auto idle = plan(due, start + 4min);
  BOOST_TEST(minutes_of(idle) == (std::vector<int>{0, 1}), boost::test_tools::per_element());
  BOOST_REQUIRE(idle.skips.size() == 1u);
  BOOST_TEST((idle.skips[0].reason == skip_reason::overlap));
  BOOST_TEST((idle.skips[0].count == 3u));
  due.running_jobs = 1;
  BOOST_TEST(plan(due, start).jobs.size() == 1u);
  due.waiting_jobs = 1;
  BOOST_TEST(plan(due, start).jobs.empty());
}

BOOST_AUTO_TEST_CASE(skip_lets_none_wait) {
  auto due = each_minute();
  due.what.definition.overlap = overlap_policy::skip;
  BOOST_TEST(plan(due, start).jobs.size() == 1u);
  due.running_jobs = 1;
  const auto made = plan(due, start);
  BOOST_TEST(made.jobs.empty());
  BOOST_TEST((made.skips.at(0).reason == skip_reason::overlap));
}

BOOST_AUTO_TEST_CASE(cancel_running_asks_for_it_when_it_adds_a_job) {
  auto due = each_minute();
  due.what.definition.overlap = overlap_policy::cancel_running;
  due.running_jobs = 1;
  BOOST_TEST(plan(due, start).cancel_running);
  BOOST_TEST(!plan(due, start - 1s).cancel_running);
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_a_reason_of_its_own) {
  auto due = each_minute();
  due.what.definition.overlap = overlap_policy::allow;
  due.waiting_jobs = limits{}.waiting_jobs_per_schedule;
  const auto made = plan(due, start);
  BOOST_TEST(made.jobs.empty());
  BOOST_TEST((made.skips.at(0).reason == skip_reason::queue_full));
}

BOOST_AUTO_TEST_CASE(the_last_fire_time_ends_the_schedule) {
  auto due = each_minute();
  std::get<interval_definition>(due.what.definition.trigger.kind).end_time = start;
  const auto made = plan(due, start + 1h);
  BOOST_TEST(made.jobs.size() == 1u);
  BOOST_TEST(!made.next_fire_time);
}

BOOST_AUTO_TEST_CASE(a_broken_trigger_pauses_its_schedule_with_the_reason) {
  auto due = each_minute();
  due.what.definition.trigger = {classic_cron_definition{"61 * * * *", start, std::nullopt, "UTC", std::nullopt}};
  const auto made = plan(due, start + 1h);
  BOOST_TEST(!made.pause_reason.empty());
  BOOST_TEST(made.jobs.empty());
  BOOST_TEST((made.next_fire_time == start));
}

BOOST_AUTO_TEST_CASE(jitter_moves_the_start_and_never_the_fire_time) {
  auto due = each_minute();
  due.what.definition.max_jitter = 20s;
  const auto made = plan(due, start);
  const auto later = made.jobs.at(0).not_before - start;
  BOOST_TEST((later >= 0s && later <= 20s));
  BOOST_TEST((made.jobs[0].scheduled_fire_time == start));
  BOOST_TEST((plan(due, start).jobs[0].not_before == made.jobs[0].not_before));
}

BOOST_AUTO_TEST_CASE(jitter_never_reaches_the_following_fire_time) {
  for (const auto coalesce : {coalesce_policy::latest, coalesce_policy::earliest, coalesce_policy::all}) {
    auto due = each_minute(coalesce);
    due.what.definition.max_jitter = 24h; // of a combined trigger nobody could know in advance
    bool is_spread = false;
    for (revision incarnation = 1; incarnation < 50; ++incarnation) {
      due.what.state.incarnation = incarnation;
      const auto made = plan(due, start + 3min);
      for (const auto& x : made.jobs) {
        BOOST_TEST((x.not_before >= *x.scheduled_fire_time));
        BOOST_TEST((x.not_before < *x.scheduled_fire_time + 1min)); // of the last one too
        is_spread = is_spread || x.not_before > *x.scheduled_fire_time + 30s;
      }
    }
    BOOST_TEST(is_spread);
  }
}

BOOST_AUTO_TEST_CASE(jitter_of_the_only_fire_time_has_nothing_to_stay_before) {
  due_schedule due;
  auto& definition = due.what.definition;
  definition.id = "once";
  definition.trigger = {date_definition{start}};
  definition.max_jitter = 24h;
  auto rule = trigger::make(definition.trigger).or_throw();
  due.what.state.next_fire_time = *rule.next();
  due.what.state.cursor = rule.cursor();
  duration longest{};
  for (revision incarnation = 1; incarnation < 50; ++incarnation) {
    due.what.state.incarnation = incarnation;
    const auto made = plan(due, start);
    BOOST_REQUIRE(made.jobs.size() == 1u);
    longest = std::max(longest, made.jobs[0].not_before - start);
  }
  BOOST_TEST((longest > 12h && longest <= 24h));
}

BOOST_AUTO_TEST_CASE(a_job_gets_the_limit_the_runner_and_the_merged_metadata) {
  auto due = each_minute();
  due.what.definition.limit = {"database", 2};
  due.what.definition.runner = "inline";
  due.what.definition.metadata = {{"tier", 2}};
  due.metadata = {{"owner", "ops"}, {"tier", 2}};
  const auto made = plan(due, start).jobs.at(0);
  BOOST_TEST((made.limit == concurrency_limit{"database", 2}));
  BOOST_TEST(made.runner == "inline");
  BOOST_TEST((made.metadata == due.metadata));
}

BOOST_AUTO_TEST_CASE(an_iteration_limit_pauses_and_keeps_the_cursor) {
  auto due = each_minute();
  all_of_definition never;
  never.triggers = {{interval_definition{6min, start, std::nullopt}},
                    {interval_definition{6min, start + 2min, std::nullopt}}};
  never.max_iterations = 40;
  due.what.definition.trigger = {never};
  due.what.state.cursor = trigger::make({never}).or_throw().cursor();
  const auto made = plan(due, start);
  BOOST_TEST(!made.pause_reason.empty());
}

BOOST_AUTO_TEST_CASE(a_trigger_that_fails_after_a_fire_time_pauses_before_it) {
  auto due = each_minute(coalesce_policy::earliest);
  all_of_definition once; // agrees at `start`, and never again
  once.threshold = duration{0};
  once.max_iterations = 40;
  once.triggers = {
      {interval_definition{2s, start, std::nullopt}},
      {any_of_definition{{{date_definition{start}}, {interval_definition{2s, start + 1s, std::nullopt}}}}}};
  due.what.definition.trigger = {once};
  auto rule = trigger::make({once}).or_throw();
  due.what.state.next_fire_time = *rule.next();
  due.what.state.cursor = rule.cursor();
  BOOST_TEST((due.what.state.next_fire_time == start));
  const auto made = plan(due, start);
  BOOST_TEST(!made.pause_reason.empty());
  BOOST_TEST(made.jobs.empty());
  BOOST_TEST(!made.covered_to);
  BOOST_TEST((made.next_fire_time == start));
}

BOOST_AUTO_TEST_SUITE_END()
