// Clocks that are set, and machines that sleep, as the nodes on them see it: CK in docs/semantics.md.
#include "carillon/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

constexpr duration ten_years = std::chrono::hours{24 * 3'652};
constexpr timestamp long_ago{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}};

/// A node with a schedule of each kind, and what it started when.
class clock_test {
public:
  clock_test() {
    node.runner().script = [this](const job& what) { return note(what); };
  }

  void add(const std::string& id, trigger_definition trigger, duration period, overlap_policy overlap = {},
           coalesce_policy coalesce = {}) {
    schedule_definition what;
    what.id = id;
    what.task = "work";
    what.trigger = std::move(trigger);
    what.overlap = overlap;
    what.coalesce = coalesce;
    BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{what}));
    periods[id] = period;
  }
  /// They have begun long ago: a clock that is set back to before a schedule's start makes it wait for that.
  void add_one_of_each_kind() {
    add("interval", {interval_definition{17min, long_ago, std::nullopt}}, 17min);
    add("all", {interval_definition{29min, long_ago, std::nullopt}}, 29min, overlap_policy::allow,
        coalesce_policy::all);
    cron_definition often;
    often.minute = "*/30";
    often.start_time = long_ago;
    often.timezone = "Europe/Berlin";
    add("often", {often}, 30min);
    cron_definition daily;
    daily.hour = "2";
    daily.minute = "30";
    daily.start_time = long_ago;
    daily.timezone = "UTC";
    add("daily", {daily}, 24h);
    add("classic", {classic_cron_definition{"0 * * * *", long_ago, std::nullopt, "UTC", std::nullopt}}, 1h);
    calendar_interval_definition calendar;
    calendar.days = 1;
    calendar.hour = 3;
    calendar.start_date = {2000, 1, 1};
    calendar.timezone = "UTC";
    add("calendar", {calendar}, 24h);
    add("either", {any_of_definition{{{interval_definition{40min, long_ago, std::nullopt}}, {daily}}}}, 40min);
    add("resumed", {interval_definition{31min, long_ago, std::nullopt}}, 31min);
    add("paused", {interval_definition{5min, long_ago, std::nullopt}}, 5min);
    for (const auto* id : {"resumed", "paused"})
      BOOST_REQUIRE(world.ask<schedule>(node.store, pause_schedule{id}));
    starts.clear(); // each has begun with one job, or 100, for all the time since
    world.run_for(30min);
    BOOST_REQUIRE(world.ask<schedule>(node.store, resume_schedule{"resumed", false, {}}));
  }

  [[nodiscard]] duration boot() const { return world.time().now().boot; }
  [[nodiscard]] std::vector<event> events_of(event_type type) {
    return world.ask<page<event>>(node.broker, list_events{{{type}, {}, {}}, {1'000, ""}}).or_throw().items;
  }
  [[nodiscard]] std::size_t started(const std::string& id) const {
    const auto found = starts.find(id);
    return found == starts.end() ? 0 : found->second.size();
  }
  void check() {
    const auto report = node.state().check().or_throw();
    BOOST_TEST(report.faults.empty(), (report.faults.empty() ? "" : report.faults.front()));
  }

  carillon::testing::world world{1};
  world_node& node = world.add_node({.slots = 64});
  std::map<std::string, std::vector<duration>> starts; // by schedule, by the boot clock
  std::map<std::string, duration> periods;
  std::map<std::tuple<std::string, revision, timestamp>, int> runs;

private:
  attempt_result note(const job& what) {
    starts[what.schedule_id].push_back(boot());
    if (what.scheduled_fire_time)
      ++runs[{what.schedule_id, what.incarnation, *what.scheduled_fire_time}];
    return attempt_result::success({});
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(clocks)

BOOST_AUTO_TEST_CASE(after_any_step_nothing_floods_and_nothing_stops) {
  const std::vector<std::vector<duration>> walks = {
      {-1h}, {1h}, {-24h}, {24h}, {ten_years}, {ten_years, -ten_years}, {-24h, 24h}, {-ten_years / 10, ten_years / 10}};
  for (const auto& steps : walks) {
    clock_test test;
    test.add_one_of_each_kind();
    test.world.run_for(25h);
    for (const auto by : steps) {
      const auto before = test.starts;
      const auto stepped_at = test.boot();
      test.world.step_wall_clock(by);
      test.world.run_for(5min);
      // No flood: one job for all that was missed, 100 for one that wants all, and what these five minutes bring.
      for (const auto& [id, starts] : test.starts) {
        const auto found = before.find(id);
        const auto news = starts.size() - (found == before.end() ? 0 : found->second.size());
        BOOST_TEST(news <= (id == "all" ? 101u : 2u), id << " started " << news << " jobs");
      }
      // No stop: never silent for longer than twice its period, and afterwards as ever.
      test.world.run_for(50h);
      for (const auto& [id, period] : test.periods) {
        if (id == "paused")
          continue;
        auto last = stepped_at;
        for (const auto at : test.starts[id]) {
          if (at < stepped_at)
            continue;
          const auto allowed = last == stepped_at ? 2 * period : period;
          BOOST_TEST((at - last <= allowed), id << " was silent for " << to_text(at - last));
          last = at;
        }
        BOOST_TEST((test.boot() - last <= period), id << " has been silent for " << to_text(test.boot() - last));
      }
      BOOST_TEST(test.started("paused") == 0u);
      test.check();
    }
    BOOST_TEST(test.events_of(event_type::clock_stepped).size() == steps.size());
    for (const auto& [run, times] : test.runs)
      BOOST_TEST(times == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_by_less_than_the_period_repeats_nothing) {
  clock_test test;
  test.add("s", {interval_definition{1min, test.world.time().now().wall + 1min, std::nullopt}}, 1min);
  test.world.run_for(10min);
  test.world.step_wall_clock(-30s);
  test.world.run_for(10min);
  std::map<timestamp, int> fired;
  for (const auto& [run, times] : test.runs)
    fired[std::get<timestamp>(run)] += times;
  BOOST_TEST(fired.size() == 19u);
  for (const auto& [when, count] : fired)
    BOOST_TEST(count == 1);
  test.check();
}

BOOST_AUTO_TEST_CASE(what_a_clock_set_ahead_makes_due_starts_at_once) {
  clock_test test;
  test.add("s", {interval_definition{1h, test.world.time().now().wall + 1h, std::nullopt}}, 1h);
  job later;
  later.id = job_id::make(test.world.time().now().wall, 1, 1);
  later.task = "work";
  later.not_before = test.world.time().now().wall + 2h;
  BOOST_REQUIRE(test.world.ask<job>(test.node.store, add_job{later}));
  test.world.run_for(1s);
  test.world.step_wall_clock(3h);
  test.world.run_for(0s);
  BOOST_TEST(test.started("s") == 1u);
  BOOST_TEST(test.started("") == 1u);
  const auto told = test.events_of(event_type::clock_stepped);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told[0].text == "the wall clock was set ahead by 3h");
}

BOOST_AUTO_TEST_CASE(a_step_that_nobody_tells_is_found_within_a_minute) {
  for (const auto by : {duration{3h}, -duration{3h}}) {
    clock_test test;
    test.add("s", {interval_definition{1h, long_ago, std::nullopt}}, 1h);
    test.world.run_for(90min);
    const auto before = test.started("s");
    test.world.step_wall_clock(by, notice::none);
    test.world.run_for(60s);
    BOOST_TEST(test.events_of(event_type::clock_stepped).size() == 1u);
    test.world.run_for(1h);
    BOOST_TEST(test.started("s") > before);
  }
}

BOOST_AUTO_TEST_CASE(a_machine_that_wakes_up_fires_at_once_what_it_missed) {
  clock_test test;
  test.add("s", {interval_definition{10min, test.world.time().now().wall + 10min, std::nullopt}}, 10min);
  test.world.run_for(15min);
  BOOST_TEST(test.started("s") == 1u);
  test.world.suspend(8h);
  test.world.run_for(0s);
  BOOST_TEST(test.started("s") == 2u); // one for all
  const auto told = test.events_of(event_type::clock_stepped);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told[0].text == "the machine slept for 8h");
  test.world.run_for(10min);
  BOOST_TEST(test.started("s") == 3u);
  test.check();
}

BOOST_AUTO_TEST_CASE(a_machine_that_wakes_up_untold_fires_within_a_minute) {
  clock_test test;
  test.add("s", {interval_definition{10min, test.world.time().now().wall + 10min, std::nullopt}}, 10min);
  test.world.run_for(15min);
  test.world.suspend(8h, notice::none);
  test.world.run_for(0s);
  BOOST_TEST(test.started("s") == 1u);
  test.world.run_for(60s);
  BOOST_TEST(test.started("s") == 2u);
}

BOOST_AUTO_TEST_CASE(a_job_past_its_limits_is_stopped_when_the_machine_wakes_up) {
  clock_test test;
  test.node.runner().script = nullptr;
  job slow;
  slow.id = job_id::make(test.world.time().now().wall, 1, 1);
  slow.task = "work";
  slow.time_limit = 1min;
  BOOST_REQUIRE(test.world.ask<job>(test.node.store, add_job{slow}));
  test.world.run_for(1s);
  BOOST_REQUIRE(test.node.runner().running().size() == 1u);
  test.world.suspend(2min);
  test.world.run_for(0s);
  BOOST_TEST(test.node.runner().running()[0].stop_asked.has_value());
}

BOOST_AUTO_TEST_CASE(steps_end_neither_leases_nor_waits) {
  for (const auto by : {ten_years, -ten_years, duration{1h}, -duration{1h}}) {
    clock_test test;
    test.node.runner().script = nullptr;
    job slow;
    slow.id = job_id::make(test.world.time().now().wall, 1, 1);
    slow.task = "work";
    BOOST_REQUIRE(test.world.ask<job>(test.node.store, add_job{slow}));
    bool is_answered = false;
    test.world.system().spawn([&](caf::event_based_actor* self) {
      self->request(test.node.store, caf::infinite, wait_for_job{slow.id, 10s})
          .then([&](const job&) { is_answered = true; }, [&](const caf::error&) { is_answered = true; });
    });
    test.world.run_for(1s);
    test.world.step_wall_clock(by);
    test.world.run_for(8s);
    BOOST_TEST(!is_answered);
    test.world.run_for(2s);
    BOOST_TEST(is_answered);
    test.world.run_for(1min);
    BOOST_REQUIRE(test.node.runner().running().size() == 1u);
    BOOST_TEST(!test.node.runner().running()[0].stop_asked);
    BOOST_TEST(test.node.state().find_job(slow.id).or_throw().attempt == 1u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
