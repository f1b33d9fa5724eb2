// A schedule that fires each second, on a node that lives in memory.
#include <carillon/carillon.hpp>

#include <iostream>
#include <semaphore>

using namespace std::chrono_literals;

int main() {
  std::counting_semaphore ticks{0}; // outlives the node, whose threads use it

  auto node = carillon::node::open({}).or_throw(); // without a data folder: a store in memory
  node.register_task("tick",
                     [&ticks] {
                       std::cout << "tick\n";
                       ticks.release();
                     })
      .or_throw();

  carillon::schedule_definition every_second;
  every_second.id = "every-second";
  every_second.task = "tick";
  every_second.trigger = {carillon::interval_definition{1s, carillon::system_clock().now().wall, {}}};
  node.add_schedule(every_second).get().or_throw();

  node.start().or_throw(); // nothing fires before this
  for (int i = 0; i < 3; ++i)
    ticks.acquire();
} // the node stops in order
