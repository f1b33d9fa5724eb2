// Limits by key, runners that jobs name, and the settings of tasks, by messages to a node's actors.
#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"

#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

// The longest length of time that is accepted.
constexpr duration longest_duration_of_all = std::chrono::years{10'000};

job limited(int n, const std::string& task = "work") {
  auto made = direct(n, task);
  made.limit = {"database", 1};
  return made;
}

struct limit_fixture : world {
  limit_fixture() : world(1), node(add_node({.slots = 4, .tasks = {"work", "other"}})) {}

  void add(const job& what) { BOOST_REQUIRE(ask<job>(node.store, add_job{what})); }
  void finish(const job& what) {
    node.runner().finish(what.id);
    settle();
  }
  bool runs(const job& what) {
    for (const auto& x : node.runner().running())
      if (x.what->id == what.id)
        return true;
    return false;
  }
  task settings(const std::string& id) { return ask<task>(node.reader, find_task{id}).or_throw(); }

  world_node& node;
};

} // namespace

BOOST_AUTO_TEST_SUITE(limits_and_tasks)

// ---- LM

BOOST_FIXTURE_TEST_CASE(jobs_of_a_key_run_one_after_the_other_whatever_their_task, limit_fixture) {
  add(limited(1));
  add(limited(2, "other"));
  add(limited(3));
  add(direct(4));
  BOOST_TEST((runs(limited(1)) && runs(direct(4))));
  BOOST_TEST((!runs(limited(2)) && !runs(limited(3))));
  finish(limited(1));
  BOOST_TEST((runs(limited(2)) && !runs(limited(3))));
  finish(limited(2));
  BOOST_TEST(runs(limited(3)));
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_job_lets_the_next_of_its_key_go, limit_fixture) {
  for (int n = 1; n <= 3; ++n)
    add(limited(n));
  BOOST_REQUIRE(ask<job>(node.store, cancel_job{limited(2).id}));
  BOOST_REQUIRE(ask<job>(node.store, cancel_job{limited(1).id}));
  settle();
  BOOST_TEST(!runs(limited(3))); // the first still runs, whatever it was told
  node.runner().finish(limited(1).id, attempt_result::failed(job_outcome::cancelled, "stopped"));
  settle();
  BOOST_TEST(runs(limited(3)));
}

BOOST_FIXTURE_TEST_CASE(schedules_share_a_key, limit_fixture) {
  for (const auto* id : {"a", "b", "c"}) {
    auto made = every(*this, 10s, id);
    made.limit = {"database", 2};
    BOOST_REQUIRE(ask<schedule>(node.store, add_schedule{made}));
  }
  run_for(11s);
  BOOST_TEST(node.runner().running().size() == 2u);
  node.runner().finish(node.runner().running().front().what->id);
  settle();
  BOOST_TEST(node.runner().running().size() == 2u);
  BOOST_TEST(node.runner().started().size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(counts_outlive_a_crash, limit_fixture) {
  add(limited(1));
  add(limited(2));
  crash(node, true);
  auto& again = restart({.slots = 4, .tasks = {"work", "other"}});
  run_for(1s);
  BOOST_REQUIRE(again.runner().running().size() == 1u);
  BOOST_TEST((again.runner().running()[0].what->id == limited(1).id));
  again.runner().finish(limited(1).id);
  settle();
  BOOST_REQUIRE(again.runner().running().size() == 1u);
  BOOST_TEST((again.runner().running()[0].what->id == limited(2).id));
}

BOOST_FIXTURE_TEST_CASE(a_job_waits_for_an_executor_that_has_its_runner, limit_fixture) {
  auto elsewhere = direct(1);
  elsewhere.runner = "thread_pool"; // which no node of a world has
  add(elsewhere);
  auto here = direct(2);
  here.runner = "scripted";
  add(here);
  BOOST_TEST((!runs(elsewhere) && runs(here)));
  BOOST_TEST((node.state().find_job(elsewhere.id).or_throw().state == job_state::pending));
}

BOOST_FIXTURE_TEST_CASE(an_executor_says_why_it_cant_run_a_job_as_asked, limit_fixture) {
  std::vector<std::string> said;
  inspect(message<report_attempts>().to(node.store), [&](const message_in_flight& seen) {
    for (const auto& ended : seen.content->get_as<report_attempts>(0).finished) {
      BOOST_TEST((ended.outcome == job_outcome::error));
      said.push_back(ended.error_text);
    }
  });
  auto unknown = direct(1);
  unknown.runner = "teleport";
  auto no_code = direct(2, "nobody");
  auto no_command = direct(3, command_task);
  no_command.runner = "scripted";
  revision token = 1'000'000;
  for (auto* x : {&unknown, &no_code, &no_command}) {
    x->held_by = lease{"node", 1, token++};
    caf::anon_send(node.executor, hand_out_jobs{{{std::make_shared<const job>(*x), x->runner}}});
    settle();
  }
  BOOST_REQUIRE(said.size() == 3u);
  BOOST_TEST(said[0] == "this node has no runner \"teleport\"");
  BOOST_TEST(said[1] == "this node doesn't run the task \"nobody\" any more");
  BOOST_TEST(said[2] == "the runner \"scripted\" can't run the task \"command\"");
}

BOOST_FIXTURE_TEST_CASE(bad_settings_are_refused_by_the_name_of_the_field, limit_fixture) {
  const auto refusal = [&](const std::function<void(schedule_definition&)>& change) {
    auto made = every(*this, 10s);
    change(made);
    const auto added = ask<schedule>(node.store, add_schedule{made});
    return added ? std::string{"accepted"} : added.err().text();
  };
  BOOST_TEST(
      refusal([](auto& x) { x.max_jitter = 10s; }) ==
      "max_jitter: 10s isn't shorter than the trigger's interval of 10s: it would reach the following fire time");
  BOOST_TEST(refusal([](auto& x) { x.max_jitter = -1s; }) == "max_jitter: -1s is negative");
  BOOST_TEST(refusal([](auto& x) { x.misfire_grace_time = -1s; }) == "misfire_grace_time: -1s is negative");
  BOOST_TEST(refusal([](auto& x) { x.overlap = static_cast<overlap_policy>(77); }) == "overlap: there is no number 77");
  BOOST_TEST(refusal([](auto& x) { x.limit = {"", 1}; }) == "limit: its key is empty");
  BOOST_TEST(refusal([](auto& x) { x.limit = {"k", 0}; }) == "limit: its maximum must be at least 1");
  BOOST_TEST(refusal([](auto& x) { x.runner = "command"; }).starts_with("runner: "));
  task settings;
  settings.id = "work";
  settings.max_running_jobs = 0;
  BOOST_TEST(ask<done>(node.store, put_task{settings}).err().text() == "max_running_jobs: must be at least 1");
}

BOOST_FIXTURE_TEST_CASE(jitter_delays_the_start_and_stays_before_the_following_fire_time, limit_fixture) {
  auto made = every(*this, 10s);
  made.max_jitter = 9s;
  made.overlap = overlap_policy::allow;
  node.runner().script = [](const job&) { return attempt_result::success({}); };
  BOOST_REQUIRE(ask<schedule>(node.store, add_schedule{made}));
  run_for(500s);
  bool is_delayed = false;
  for (const auto& x : node.state().list_jobs({"s", "", job_state::finished}, {1'000, ""}).or_throw().items) {
    const auto late = *x.started_at - *x.scheduled_fire_time;
    BOOST_TEST((late >= 0s && late < 10s));
    is_delayed = is_delayed || late > 1s;
  }
  BOOST_TEST(is_delayed);
}

// ---- TS

BOOST_FIXTURE_TEST_CASE(settings_count_from_the_next_hand_out_on, limit_fixture) {
  auto changed = settings("work");
  changed.max_running_jobs = 1;
  BOOST_REQUIRE(ask<done>(node.store, put_task{changed}));
  add(direct(1));
  add(direct(2));
  BOOST_TEST((runs(direct(1)) && !runs(direct(2))));
  changed = settings("work");
  changed.max_running_jobs = 2;
  BOOST_REQUIRE(ask<done>(node.store, put_task{changed}));
  settle();
  BOOST_TEST(runs(direct(2)));
}

BOOST_FIXTURE_TEST_CASE(a_change_of_settings_that_were_read_too_early_is_refused, limit_fixture) {
  auto mine = settings("work");
  auto others = mine;
  others.time_limit = 5s;
  BOOST_REQUIRE(ask<done>(node.store, put_task{others}));
  mine.max_running_jobs = 3;
  BOOST_TEST((ask<done>(node.store, put_task{mine}).err().code() == ec::stale_revision));
  BOOST_TEST((settings("work").time_limit == 5s));
}

BOOST_FIXTURE_TEST_CASE(jobs_inherit_from_schedule_and_task, limit_fixture) {
  auto changed = settings("work");
  changed.metadata = {{"owner", "ops"}, {"tier", 1}};
  changed.time_limit = 1h;
  changed.misfire_grace_time = 1min;
  BOOST_REQUIRE(ask<done>(node.store, put_task{changed}));
  auto made = every(*this, 10s);
  made.metadata = {{"tier", 2}};
  made.limit = {"database", 3};
  BOOST_REQUIRE(ask<schedule>(node.store, add_schedule{made}));
  run_for(11s);
  const auto fired = node.state().list_jobs({"s", "", std::nullopt}, {}).or_throw().items.at(0);
  BOOST_TEST((fired.metadata == value::map{{"owner", "ops"}, {"tier", 2}}));
  BOOST_TEST((fired.time_limit == 1h));
  BOOST_TEST((fired.start_deadline == *fired.scheduled_fire_time + 1min));
  BOOST_TEST((fired.limit == concurrency_limit{"database", 3}));
  auto said = direct(1);
  said.metadata = {{"tier", 3}};
  said.time_limit = longest_duration_of_all; // none, over the task's
  BOOST_TEST((ask<job>(node.store, add_job{said}).or_throw().metadata == value::map{{"owner", "ops"}, {"tier", 3}}));
  BOOST_TEST((ask<job>(node.store, add_job{said}).or_throw().time_limit == longest_duration_of_all)); // again: success
}

BOOST_FIXTURE_TEST_CASE(more_jobs_at_once_than_a_batch_holds_are_refused_as_a_whole, limit_fixture) {
  add_jobs many;
  for (int n = 1; n <= 1'001; ++n)
    many.jobs.push_back(direct(n));
  BOOST_TEST((ask<jobs_added>(node.store, many).err().code() == ec::limit_exceeded));
  BOOST_TEST((node.state().find_job(direct(1).id).err().code() == ec::not_found));
  many.jobs.pop_back();
  BOOST_TEST(ask<jobs_added>(node.store, many).or_throw().jobs.size() == 1'000U);
}

BOOST_FIXTURE_TEST_CASE(a_task_in_use_is_removed_only_by_force_and_not_while_it_runs, limit_fixture) {
  BOOST_REQUIRE(ask<schedule>(node.store, add_schedule{every(*this, 10s)}));
  add(limited(1));
  add(limited(2));
  BOOST_TEST((ask<done>(node.store, remove_task{"work", false}).err().code() == ec::conflict));
  BOOST_TEST((ask<done>(node.store, remove_task{"work", true}).err().code() == ec::conflict));
  BOOST_REQUIRE(ask<job>(node.store, cancel_job{limited(2).id})); // so that the other doesn't run next
  finish(limited(1));
  auto later = direct(3);
  later.not_before = time().now().wall + 1h;
  add(later);
  BOOST_TEST((ask<done>(node.store, remove_task{"work", false}).err().code() == ec::conflict));
  BOOST_REQUIRE(ask<done>(node.store, remove_task{"work", true}));
  BOOST_TEST((node.state().find_job(later.id).or_throw().outcome == job_outcome::cancelled));
  BOOST_TEST((node.state().find_schedule("s").err().code() == ec::not_found));
  const auto events = ask<page<event>>(node.broker, list_events{}).or_throw().items;
  std::vector<event_type> last;
  for (auto x = events.size() - 3; x < events.size(); ++x)
    last.push_back(events[x].type);
  BOOST_TEST((last == std::vector{event_type::schedule_removed, event_type::job_finished, event_type::task_removed}));
  run_for(2h);
  BOOST_TEST(node.state().check().or_throw().faults.empty());
}

BOOST_AUTO_TEST_SUITE_END()
