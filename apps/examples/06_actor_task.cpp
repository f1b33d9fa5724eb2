// A task that is an actor of your own.
#include <carillon/runtime/actor_task.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include <iostream>

int main() {
  caf::actor_system_config config;
  caf::actor_system system{config}; // outlives the node
  const auto counter = system.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[count = 0](const carillon::run_job& request) mutable {
              std::cout << "attempt " << request.what.attempt << "\n";
              return carillon::value{++count};
            },
            [](const carillon::stop_job&) {}};
  });

  auto node = carillon::node::open({}).or_throw();
  carillon::register_actor_task(node, {.id = "count"}, counter).or_throw();
  node.start().or_throw();
  const auto run = [&node] {
    const auto added = node.add_job({.task = "count"}).get().or_throw();
    return node.wait_for_job(added.id, std::chrono::seconds{10}).get().or_throw().result;
  };
  return run() == carillon::value{1} && run() == carillon::value{2} ? 0 : 1;
}
