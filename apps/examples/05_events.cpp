// What happens is told by events: numbered, in the order of the commits.
#include <carillon/carillon.hpp>

#include <iostream>

using namespace std::chrono_literals;
using carillon::event_type;

int main() {
  auto node = carillon::node::open({}).or_throw();
  node.register_task("work", [] { return 42; }).or_throw();

  // Called on one of the node's threads, until the subscription ends.
  const auto subscription =
      node.subscribe({.types = {event_type::job_added, event_type::job_finished}}, [](const carillon::event& what) {
        std::cout << to_string(what.type) << " " << what.job->to_string() + "\n";
      });
  node.start().or_throw();
  const auto job = node.add_job({.task = "work"}).get().or_throw();

  // Or wait for one. Events have the numbers of the store's changes, so none that comes after the job's own is overlooked.
  const auto ended = node.next_event({.types = {event_type::job_finished}}, 10s, job.changed).get().or_throw();
  std::cout << "ended as " << to_string(ended.outcome) << " in change " << ended.number << "\n";

  // Or look back: the newest 65,536 since the node began are kept.
  const auto since_then = node.list_events({.task = "work"}).get().or_throw().items;
  std::vector<event_type> types;
  for (const auto& each : since_then)
    types.push_back(each.type);
  return types == std::vector{event_type::task_added, event_type::job_added, event_type::job_acquired,
                              event_type::job_finished}
             ? 0
             : 1;
}
