// Group commit around a store: when it wakes for what it holds.
#include "engine/store_core.hpp"

#include "carillon/store/memory_disk.hpp"

#include <boost/test/unit_test.hpp>

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
    : core(open_memory_store(disk, {}, system_entropy()).or_throw(), limits{}, wake_early) {
    commit_something(at(0s));
    fire_plan plan;
    plan.schedule_id = "gone"; // refused without a word: an expected race
    plan.covered_to = start + when;
    core.hold({plan});
  }
  void commit_something(clock_reading now) {
    core.transact(now, [](data_store& store) { return store.put_task({.id = "t"}); }).or_throw();
    core.commit(now).committed.or_throw();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(store_core)

BOOST_AUTO_TEST_CASE(it_wakes_early_for_a_held_plan_and_takes_it_when_its_time_has_come) {
  held it{200us, 2s};
  BOOST_TEST((it.core.next_deadline(at(1s)) == 1s - 200us));
  const auto early = at(2s - 100us);
  BOOST_TEST((it.core.next_deadline(early) == 0s));
  BOOST_TEST(it.core.commit(early).committed.has_value());
  BOOST_TEST((it.core.next_deadline(early) == 0s)); // it is held on, and that was no batch
  const auto due = it.core.commit(at(2s));
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
  BOOST_TEST(!it.core.commit(at(1s)).committed.has_value());
  BOOST_TEST((it.core.next_deadline(at(2s - 100us)) == engine::store_core::retry_after));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_makes_it_wait_or_let_go) {
  held it{200us, 2s};
  const clock_reading set_back{start - 1h, 1h + 2s, {}};
  BOOST_TEST((it.core.next_deadline(set_back) == 1h + 2s - 200us));
  it.commit_something(set_back);
  BOOST_TEST((it.core.next_deadline(set_back) != 1h + 2s - 200us)); // its claim is released
}

BOOST_AUTO_TEST_SUITE_END()
