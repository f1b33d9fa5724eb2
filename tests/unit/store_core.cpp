// Group commit around a store: when it wakes for what it holds, and what it hands out when.
#include "engine/store_core.hpp"

#include "carillon/store/memory_disk.hpp"
#include "engine/planner.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <utility>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{std::chrono::hours{24 * 365 * 50}};

clock_reading at(duration since_start) { return {start + since_start, 1h + since_start, {}}; }

struct held {
  std::shared_ptr<memory_disk> disk = std::make_shared<memory_disk>();
  engine::store_core core;

  // Its last batch is at `start`; the next plan that it holds is due at `when`.
  held(duration wake_early, duration when)
    : core(open_memory_store(disk, {}, system_entropy()).or_throw(), limits{}, wake_early, durability::sync) {
    commit_something(at(0s));
    fire_plan plan;
    plan.schedule_id = "gone"; // refused without a word: an expected race
    plan.covered_to = start + when;
    core.hold({plan});
  }
  engine::commit_effects commit(clock_reading now) {
    return core.commit(now, [](const engine::hand_out&) {});
  }
  void commit_something(clock_reading now) {
    core.transact(now, [](data_store& store) { return store.put_task({.id = "t"}); }).or_throw();
    commit(now).committed.or_throw();
  }
};

// Plans of five schedules that are due at one second are held, of which a batch takes two, and an executor has room for all.
struct due_together {
  store_config config;
  std::shared_ptr<memory_disk> disk = std::make_shared<memory_disk>();
  engine::store_core core;
  std::vector<job> given;
  std::size_t given_uncommitted = 0; // when it was given
  std::size_t largest = 0;           // of the hand-outs

  template <class Transition>
  auto transact(Transition transition, clock_reading now) {
    return core.transact(now, std::move(transition)).or_throw();
  }

  explicit due_together(durability level)
    : config{.level = level, .plan_ahead = 100ms, .bounds = {.batch_items = 2}},
      core(open_memory_store(disk, config, system_entropy()).or_throw(), config.bounds, 0us, level) {
    transact([](data_store& store) { return store.put_task({.id = "t"}); }, at(0s));
    for (const auto* id : {"a", "b", "c", "d", "e"})
      transact(
          [&](data_store& store) {
            return store.add_schedule({.id = id, .task = "t", .trigger = {interval_definition{1h, start + 1s, {}}}},
                                      conflict_policy::fail);
          },
          at(0s));
    commit(at(0s)).committed.or_throw();
    hold(at(900ms));
    core.on_demand({{"w", 1}, 100, {"thread_pool"}, {"t"}});
    commit(at(900ms)).committed.or_throw();
  }

  void hold(clock_reading now) {
    engine::planner planner{limits{}};
    for (;;) {
      const auto due = transact([](data_store& store) { return store.claim_due_schedules(100, {}); }, now);
      if (due.schedules.empty())
        return;
      for (const auto& one : due.schedules)
        core.hold({planner.plan(one, *one.what.state.next_fire_time)});
    }
  }
  engine::commit_effects commit(clock_reading now) {
    auto effects = core.commit(now, [&](const engine::hand_out& handed) { note(handed); });
    std::ranges::for_each(effects.hand_outs, [&](const engine::hand_out& handed) { note(handed); });
    return effects;
  }
  void note(const engine::hand_out& handed) {
    largest = std::max(largest, handed.jobs.size());
    for (const auto& one : handed.jobs) {
      given.push_back(*one.what);
      given_uncommitted += core.store().find_job(one.what->id).has_value() ? 0 : 1;
    }
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(store_core)

BOOST_AUTO_TEST_CASE(it_wakes_early_for_a_held_plan_and_takes_it_when_its_time_has_come) {
  held it{200us, 2s};
  BOOST_TEST((it.core.next_deadline(at(1s)) == 1s - 200us));
  const auto early = at(2s - 100us);
  BOOST_TEST((it.core.next_deadline(early) == 0s));
  BOOST_TEST(it.commit(early).committed.has_value());
  BOOST_TEST((it.core.next_deadline(early) == 0s)); // it is held on, and that was no batch
  const auto due = it.commit(at(2s));
  BOOST_TEST(due.committed.has_value());
  BOOST_TEST(due.refused_plans.empty());
  BOOST_TEST((it.core.next_deadline(at(2s)) != 0s)); // it is taken
}

BOOST_AUTO_TEST_CASE(it_wakes_in_time_where_it_is_not_to_wake_early) {
  held it{0us, 2s};
  BOOST_TEST((it.core.next_deadline(at(2s - 1us)) == 1us));
}

BOOST_AUTO_TEST_CASE(it_wakes_in_time_when_it_was_at_work_just_before) {
  held it{200us, 2s};
  it.commit_something(at(2s - 6ms));
  BOOST_TEST((it.core.next_deadline(at(2s - 5ms)) == 5ms - 200us));
  it.commit_something(at(2s - 5ms));
  BOOST_TEST((it.core.next_deadline(at(2s - 4ms)) == 4ms));
}

BOOST_AUTO_TEST_CASE(it_does_not_look_at_the_clock_for_a_store_that_failed) {
  held it{200us, 2s};
  it.disk->fail_write(1, {ec::disk_full, "no space"});
  (void)it.core.transact(at(1s), [](data_store& store) { return store.put_task({.id = "u"}); });
  BOOST_TEST(!it.commit(at(1s)).committed.has_value());
  BOOST_TEST((it.core.next_deadline(at(2s - 100us)) == engine::store_core::retry_after));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_makes_it_wait_or_let_go) {
  held it{200us, 2s};
  const clock_reading set_back{start - 1h, 1h + 2s, {}};
  BOOST_TEST((it.core.next_deadline(set_back) == 1h + 2s - 200us));
  it.commit_something(set_back);
  BOOST_TEST((it.core.next_deadline(set_back) != 1h + 2s - 200us)); // its claim is released
}

BOOST_AUTO_TEST_CASE(what_is_due_is_handed_out_batch_by_batch_after_each_commit) {
  for (const auto level : {durability::sync, durability::async}) {
    due_together it{level};
    for (const auto by_then : {2U, 4U, 5U}) {
      BOOST_TEST(it.core.is_plan_due(at(1s).wall));
      BOOST_TEST(it.commit(at(1s)).committed.has_value());
      BOOST_TEST(it.given.size() == by_then);
    }
    BOOST_TEST(!it.core.is_plan_due(at(1s).wall));
    BOOST_TEST(it.given_uncommitted == 0);
  }
}

BOOST_AUTO_TEST_CASE(without_durability_all_that_is_due_is_handed_out_before_one_commit) {
  due_together it{durability::none};
  const auto before = it.disk->writes();
  BOOST_TEST(it.commit(at(1s)).committed.has_value());
  BOOST_TEST(it.given.size() == 5);
  BOOST_TEST(it.given_uncommitted == 5);
  BOOST_TEST(it.largest == 1); // a part of a batch, so that the first ones begin while the rest is taken up
  BOOST_TEST(it.disk->writes() == before + 1);
  for (const auto& one : it.given)
    BOOST_TEST((it.core.store().find_job(one.id).or_throw().state == job_state::running));
}

BOOST_AUTO_TEST_CASE(what_becomes_due_while_a_batch_is_open_makes_it_no_larger) {
  due_together it{durability::none};
  for (std::uint64_t number = 1; number <= 5; ++number) {
    job direct;
    direct.id = job_id::make(start, 1, number);
    direct.task = "t";
    it.transact([&](data_store& store) { return store.add_job(direct); }, at(1s - 1us));
  }
  BOOST_TEST(it.commit(at(1s)).committed.has_value());
  BOOST_TEST(it.given.size() == 2); // as many as a batch takes
  BOOST_TEST(it.core.is_plan_due(at(1s).wall));
}

BOOST_AUTO_TEST_CASE(a_batch_that_fails_before_its_commit_leaves_a_store_that_serves_again) {
  due_together it{durability::sync};
  it.disk->fail_write(1, {ec::disk_full, "no space"});
  constexpr std::uint32_t more_than_are_reserved = 200'000; // so that a number can't be taken
  it.transact(
      [](data_store& store) {
        for (std::uint32_t i = 0; i < more_than_are_reserved; ++i)
          (void)store.put_task({.id = "t", .max_running_jobs = 1 + i % 2});
        return result<void>{};
      },
      at(901ms));
  BOOST_TEST((it.commit(at(901ms)).committed.err().code() == ec::disk_full));
  it.disk->repair();
  const auto later = at(902ms + engine::store_core::retry_after);
  it.transact([](data_store& store) { return store.put_task({.id = "u"}); }, later);
  BOOST_TEST(it.commit(later).committed.has_value());
}

BOOST_AUTO_TEST_CASE(what_was_handed_out_before_a_commit_that_failed_is_handed_out_again) {
  due_together it{durability::none};
  it.disk->fail_write(1, {ec::disk_full, "no space"});
  const auto failed = it.commit(at(1s));
  BOOST_TEST(!failed.committed.has_value());
  BOOST_TEST(failed.events.empty());
  const auto first = std::exchange(it.given, {});
  BOOST_TEST(first.size() == 5);
  it.disk->repair();
  it.hold(at(3s));
  it.core.on_demand({{"w", 1}, 100, {"thread_pool"}, {"t"}});
  BOOST_TEST(it.commit(at(3s)).committed.has_value());
  BOOST_REQUIRE_EQUAL(it.given.size(), 5);
  for (const auto& one : it.given) {
    const auto older = std::ranges::find(first, one.id, &job::id);
    BOOST_REQUIRE(older != first.end()); // its fire time's job has one id
    BOOST_TEST(one.held_by->token > older->held_by->token);
  }
}

BOOST_AUTO_TEST_SUITE_END()
