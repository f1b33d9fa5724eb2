// Plans that were made ahead, until their time has come.
#include "engine/held_plans.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::engine;
using namespace std::chrono_literals;

namespace {

constexpr timestamp noon{12h};

fire_plan plan_of(revision incarnation, timestamp when) {
  fire_plan plan;
  plan.incarnation = incarnation;
  plan.covered_to = when;
  return plan;
}

std::vector<revision> incarnations(const std::vector<fire_plan>& plans) {
  std::vector<revision> all;
  for (const auto& plan : plans)
    all.push_back(plan.incarnation);
  return all;
}

using revisions = std::vector<revision>;

} // namespace

BOOST_AUTO_TEST_SUITE(held_plans)

BOOST_AUTO_TEST_CASE(each_comes_when_its_time_has_come_the_earliest_first) {
  engine::held_plans held;
  BOOST_TEST(!held.next());
  held.add(plan_of(2, noon + 20ms));
  held.add(plan_of(1, noon + 10ms));
  held.add(plan_of(3, noon + 30ms));
  held.add(fire_plan{}); // covers nothing
  BOOST_TEST((held.next() == noon + 10ms));
  BOOST_TEST(held.take_due(noon + 10ms - 1us, {}).empty());
  BOOST_TEST((incarnations(held.take_due(noon + 20ms, {})) == revisions{1, 2}));
  BOOST_TEST((held.next() == noon + 30ms));
}

BOOST_AUTO_TEST_CASE(no_more_come_at_once_than_fit_in_a_batch) {
  engine::held_plans held;
  for (revision i = 1; i <= 5; ++i)
    held.add(plan_of(i, noon));
  limits bounds;
  bounds.batch_items = 2;
  BOOST_TEST((incarnations(held.take_due(noon, bounds)) == revisions{1, 2}));
  BOOST_TEST((incarnations(held.take_due(noon, {})) == revisions{3, 4, 5}));
  for (revision i = 1; i <= 5; ++i) {
    auto large = plan_of(i, noon);
    large.jobs.resize(1);
    large.jobs[0].arguments = value{std::string(1'000, 'x')};
    held.add(std::move(large));
  }
  bounds = {};
  bounds.batch_size_bytes = 1'500;
  BOOST_TEST((incarnations(held.take_due(noon, bounds)) == revisions{1, 2}));
}

BOOST_AUTO_TEST_CASE(what_is_dropped_is_told) {
  engine::held_plans held;
  held.add(plan_of(2, noon));
  held.add(plan_of(1, noon + 1s));
  BOOST_TEST((held.drop_all() == revisions{2, 1}));
  BOOST_TEST(!held.next());
}

BOOST_AUTO_TEST_CASE(there_are_never_more_than_a_store_lets_anybody_claim) {
  engine::held_plans held;
  for (revision i = 0; i < engine::held_plans::most + 10; ++i)
    held.add(plan_of(i, noon));
  limits bounds;
  bounds.batch_items = 2 * engine::held_plans::most;
  BOOST_TEST(held.take_due(noon, bounds).size() == engine::held_plans::most);
}

BOOST_AUTO_TEST_SUITE_END()
