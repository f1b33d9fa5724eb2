// The simulation of schedules beside the test world: the same definitions, the real actors, the same decisions.
#include "carillon/runtime/simulation.hpp"
#include "carillon/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <algorithm>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

constexpr duration whole = 6h;
// Nothing ends at the instant at which something is due, also not after several that follow each other: what comes first then is
// the simulation's choice, and a node's luck.
constexpr duration assumed = 95s + 123'457us;

std::vector<schedule_definition> definitions(timestamp start) {
  std::vector<schedule_definition> all;
  const auto add = [&](overlap_policy overlap, trigger_definition trigger) -> schedule_definition& {
    schedule_definition made;
    made.id = fmt::format("s{}", all.size());
    made.task = "work";
    made.overlap = overlap;
    made.trigger = std::move(trigger);
    return all.emplace_back(std::move(made));
  };
  const auto every = [&](duration length) {
    return trigger_definition{interval_definition{length, start + length, std::nullopt}};
  };
  for (const auto overlap : {overlap_policy::queue_one, overlap_policy::queue_all, overlap_policy::skip,
                             overlap_policy::cancel_running, overlap_policy::allow}) {
    add(overlap, every(61s));
    classic_cron_definition cron;
    cron.expression = "*/3 * * * *";
    cron.start_time = start;
    cron.timezone = "Europe/Berlin";
    add(overlap, {cron});
  }
  // They would come at the same instants, and be handed out in the order of ids, which depend on the store's counter.
  add(overlap_policy::skip, every(97s)).limit = concurrency_limit{"key", 1};
  add(overlap_policy::skip, every(101s)).limit = concurrency_limit{"key", 1};
  return all;
}

std::string line(std::string_view id, timestamp fire_time, std::optional<timestamp> started,
                 std::optional<timestamp> ended, job_outcome outcome) {
  const auto at = [](std::optional<timestamp> when) { return when ? to_iso8601(*when) : std::string{"?"}; };
  return fmt::format("{} {} job {} {} {}", id, to_iso8601(fire_time), at(started), at(ended), to_string(outcome));
}
std::string line(std::string_view id, timestamp fire_time, skip_reason why) {
  return fmt::format("{} {} skip {}", id, to_iso8601(fire_time), to_string(why));
}

template <class Item, class List>
std::vector<Item> all_pages(List list) {
  std::vector<Item> all;
  page_request request{1'000, ""};
  do {
    auto page = list(request).or_throw();
    all.insert(all.end(), page.items.begin(), page.items.end());
    request.after = page.next;
  } while (!request.after.empty());
  return all;
}

// Ends what has run for so long, and what was asked to stop. Gives when the next one has.
timestamp end_what_is_over(world& world, scripted_runner& runner) {
  const auto now = world.time().now().wall;
  std::vector<std::pair<job_id, attempt_result>> over;
  auto next = timestamp::max();
  for (const auto& one : runner.running())
    if (one.stop_asked)
      over.emplace_back(one.what->id, attempt_result::failed(job_outcome::cancelled, ""));
    else if (*one.what->started_at + assumed <= now)
      over.emplace_back(one.what->id, attempt_result::success({}));
    else
      next = std::min(next, *one.what->started_at + assumed);
  for (const auto& [id, outcome] : over)
    runner.finish(id, outcome);
  world.settle();
  return over.empty() ? next : end_what_is_over(world, runner); // others may have begun
}

std::vector<std::string> live_through(world& world, world_node& node) {
  // All is due at whole seconds.
  const auto end = world.time().now().wall + whole;
  for (auto now = world.time().now().wall; now < end; now = world.time().now().wall) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now) + 1s;
    world.run_for(std::min<timestamp>(second, end_what_is_over(world, node.runner())) - now);
  }
  std::vector<std::string> lived;
  for (const auto& what :
       all_pages<job>([&](const page_request& request) { return node.state().list_jobs({}, request); }))
    lived.push_back(line(what.schedule_id, *what.scheduled_fire_time, what.started_at, what.finished_at, what.outcome));
  for (const auto& what :
       all_pages<skip>([&](const page_request& request) { return node.state().list_skips("", request); }))
    lived.push_back(line(what.schedule_id, what.first, what.reason));
  return lived;
}

} // namespace

BOOST_AUTO_TEST_SUITE(simulated_schedules)

BOOST_AUTO_TEST_CASE(a_simulation_foretells_what_a_node_does) {
  world world{seed_or(1)};
  world.keep_messages(keep::nothing);
  world_node_config config;
  config.slots = 100;
  auto& node = world.add_node(config);
  world.settle();
  simulation_config foretold;
  foretold.settings.from = world.time().now().wall;
  foretold.settings.to = foretold.settings.from + whole;
  foretold.settings.assumed = assumed;
  foretold.schedules = definitions(foretold.settings.from);
  for (const auto& what : foretold.schedules)
    BOOST_REQUIRE(world.ask<schedule>(node.store, add_schedule{what}));
  auto lived = live_through(world, node);
  std::vector<std::string> told;
  simulate(foretold, [&](const simulated_decision& what) {
    told.push_back(what.reason ? line(what.schedule_id, what.first, *what.reason)
                               : line(what.schedule_id, what.first, what.started_at, what.ended_at, what.outcome));
    return true;
  }).or_throw();
  std::ranges::sort(lived);
  std::ranges::sort(told);
  BOOST_TEST(told.size() > 2'000U);
  BOOST_TEST(told == lived, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
