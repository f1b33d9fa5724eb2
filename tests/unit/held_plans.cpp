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
  BOOST_TEST((held.next() == noon + 10ms));
  BOOST_TEST(held.take_due(noon + 10ms - 1us, 10).to_commit.empty());
  BOOST_TEST((incarnations(held.take_due(noon + 20ms, 10).to_commit) == revisions{1, 2}));
  BOOST_TEST((held.next() == noon + 30ms));
}

BOOST_AUTO_TEST_CASE(no_more_come_at_once_than_asked_for) {
  engine::held_plans held;
  for (revision i = 1; i <= 5; ++i)
    held.add(plan_of(i, noon));
  BOOST_TEST((incarnations(held.take_due(noon, 2).to_commit) == revisions{1, 2}));
  BOOST_TEST((incarnations(held.take_due(noon, 9).to_commit) == revisions{3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(what_is_too_late_is_to_be_planned_again) {
  engine::held_plans held;
  held.add(plan_of(1, noon));
  held.add(plan_of(2, noon + 1us));
  const auto due = held.take_due(noon + engine::held_plans::longest_delay + 1us, 10);
  BOOST_TEST((due.too_late == revisions{1}));
  BOOST_TEST((incarnations(due.to_commit) == revisions{2}));
  BOOST_TEST(!held.next());
}

BOOST_AUTO_TEST_CASE(there_are_never_more_than_a_store_lets_anybody_claim) {
  engine::held_plans held;
  for (revision i = 0; i < engine::held_plans::most + 10; ++i)
    held.add(plan_of(i, noon));
  BOOST_TEST(held.take_due(noon, 2 * engine::held_plans::most).to_commit.size() == engine::held_plans::most);
}

BOOST_AUTO_TEST_SUITE_END()
