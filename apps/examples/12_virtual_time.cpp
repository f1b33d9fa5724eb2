// A day of a schedule in virtual time, with a power cut.
#include <carillon/testing/world.hpp>

#include <cstdlib>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

int main() {
  world world{seed_or(7)};
  auto& node = world.add_node();
  node.runner().script = [](const job&) { return attempt_result::success({}); };

  schedule_definition hourly;
  hourly.id = "hourly";
  hourly.task = "work"; // recorded by every node of a world
  hourly.trigger = {interval_definition{1h, world.time().now().wall + 1h, std::nullopt}};
  world.ask<schedule>(node.store, add_schedule{hourly}).or_throw();

  world.expect_within(message<hand_out_jobs>().to(node.executor), 1h);
  world.run_for(24h); // a day in a few milliseconds

  // The power fails, and the node starts again on its disk: nothing is lost.
  world.crash(node, true);
  auto& again = world.restart({});
  world.run_for(1h);
  return again.state().list_jobs({}, {100, ""}).or_throw().items.size() == 26 ? EXIT_SUCCESS : EXIT_FAILURE;
}
