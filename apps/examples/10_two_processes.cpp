// One process decides, and another one does the work: `10_two_processes worker`, and beside it `10_two_processes scheduler`.
#include <carillon/carillon.hpp>

#include <iostream>
#include <string_view>

using namespace std::chrono_literals;

namespace {

constexpr const char* address = "127.0.0.1:7402";

// Has no store of its own: it finds that of the other process, now and whenever that is started again.
int work() {
  auto node = carillon::node::open({.name = "worker", .scheduler = false, .cluster = {.join = address}}).or_throw();
  node.register_task("add", [](int a, int b) { return a + b; }).or_throw();
  node.run().or_throw(); // until the process ends
  return 0;
}

// Has the store, decides what becomes of schedules, and runs nothing itself.
int decide() {
  auto node = carillon::node::open({.name = "scheduler", .worker = false, .cluster = {.listen = address}}).or_throw();
  node.start().or_throw();
  node.configure_task("add", [](carillon::task&) {}).get().or_throw(); // known before any node has its code
  const auto job = node.add_job({.task = "add", .arguments = carillon::arguments(19, 23)}).get().or_throw();
  const auto ended = node.wait_for_job(job.id, 30s).get().or_throw();
  std::cout << to_json_text(ended.result) << " by " << ended.held_by->executor << "\n";
  return ended.result == carillon::value{42} ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view role = argc > 1 ? argv[1] : "";
  if (role == "worker")
    return work();
  if (role == "scheduler")
    return decide();
  std::cerr << "say what it is: worker or scheduler\n";
  return 1;
}
