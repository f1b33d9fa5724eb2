// Group commit around a store: when it wakes for what it holds.
#include "engine/store_core.hpp"

#include "carillon/store/memory_disk.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(store_core)

namespace {

constexpr timestamp start{std::chrono::hours{24 * 365 * 50}};

clock_reading at(duration since_start) { return {start + since_start, 1h + since_start, {}}; }

engine::store_core make_core(duration wake_early) {
  const store_config config;
  return {open_memory_store(std::make_shared<memory_disk>(), config, system_entropy()).or_throw(), config.bounds,
          wake_early};
}

fire_plan plan_for(timestamp when) {
  fire_plan made;
  made.schedule_id = "gone"; // refused without a word: an expected race
  made.covered_to = when;
  return made;
}

} // namespace

BOOST_AUTO_TEST_CASE(it_wakes_early_for_a_held_plan_and_takes_it_when_its_time_has_come) {
  auto core = make_core(200us);
  BOOST_TEST(core.commit(at(0s)).committed.has_value());
  const auto otherwise = core.next_deadline(at(1s));
  core.hold({plan_for(start + 2s)});
  BOOST_TEST((core.next_deadline(at(1s)) == duration{1s - 200us}));
  const auto early = at(2s - 100us);
  BOOST_TEST((core.next_deadline(early) == duration{0}));
  BOOST_TEST(core.commit(early).committed.has_value());
  BOOST_TEST((core.next_deadline(early) == duration{0})); // it is held on
  const auto due = core.commit(at(2s));
  BOOST_TEST(due.committed.has_value());
  BOOST_TEST(due.refused_plans.empty());
  BOOST_TEST((core.next_deadline(at(2s)) == otherwise)); // it is taken
}

BOOST_AUTO_TEST_CASE(it_wakes_in_time_where_it_is_not_to_wake_early) {
  auto core = make_core(0us);
  BOOST_TEST(core.commit(at(0s)).committed.has_value());
  core.hold({plan_for(start + 2s)});
  BOOST_TEST((core.next_deadline(at(2s - 1us)) == duration{1us}));
}

BOOST_AUTO_TEST_SUITE_END()
