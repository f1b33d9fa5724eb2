// Tasks in processes of their own: a crash ends an attempt, and not the node.
#include <carillon/carillon.hpp>
#include <carillon/runtime/isolated_task.hpp>

#include <csignal>
#include <iostream>

int main(int argc, char** argv) {
  carillon::isolated_tasks tasks;
  tasks.add("add", [](int a, int b) { return a + b; });
  tasks.add("crash", [] { std::raise(SIGSEGV); }, {.memory_bytes = 256 << 20});
  if (const auto code = carillon::run_if_isolated(argc, argv, tasks)) // first of all: child processes end here
    return *code;

  auto node = carillon::node::open({}).or_throw();
  carillon::register_isolated_task(node, {.id = "add"}).or_throw();
  carillon::register_isolated_task(node, {.id = "crash"}).or_throw();
  node.start().or_throw();
  const auto run = [&](const char* task, carillon::value arguments) {
    const auto added = node.add_job({.task = task, .arguments = std::move(arguments)}).get().or_throw();
    return node.wait_for_job(added.id, std::chrono::seconds{30}).get().or_throw();
  };
  const auto crashed = run("crash", {});
  std::cout << crashed.error_text << "\n"; // the task's process ended by SIGSEGV
  return crashed.outcome == carillon::job_outcome::crashed &&
                 run("add", carillon::arguments(40, 2)).result == carillon::value{42}
             ? 0
             : 1;
}
