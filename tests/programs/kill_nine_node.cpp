// The victim of tests/system/kill_nine.cpp: a node under load that is killed and started again on the same folder.
//
//   kill_nine_node FOLDER SCHEDULES     works until it is killed; prints a line for each thing that was acknowledged
//   kill_nine_node FOLDER finish        stops in order as soon as nothing runs any more
#include "carillon/model/command.hpp"
#include "carillon/runtime/node.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <unistd.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

schedule_definition nth_schedule(int n, timestamp start) {
  schedule_definition made;
  made.id = fmt::format("s{}", n);
  made.trigger = {interval_definition{1s, start, std::nullopt}};
  made.coalesce = n % 3 == 0 ? coalesce_policy::all : coalesce_policy::latest;
  made.overlap = n % 5 == 0 ? overlap_policy::allow : overlap_policy::queue_one;
  if (n % 2 == 0) {
    made.task = command_task;
    command_spec spec;
    spec.argv = {"true"};
    made.arguments = to_value(spec);
  } else
    made.task = "count";
  return made;
}

void say(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

int work(node& node, int schedules) {
  if (auto started = node.start(); !started) {
    say(fmt::format("failed {}", started.err().text()));
    return 1;
  }
  say("ready");
  const auto start = std::chrono::floor<std::chrono::seconds>(system_clock().now().wall);
  for (int n = 0; n < schedules; ++n)
    if (auto added = node.add_schedule(nth_schedule(n, start), conflict_policy::do_nothing).get())
      say(fmt::format("schedule {}", added->definition.id));
  for (;;)
    if (auto added = node.add_job({.task = "count", .arguments = arguments(1)}).get())
      say(fmt::format("job {}", added->id.to_string()));
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view{argv[1]} == "launcher")
    return run_command_launcher(std::atoi(argv[2]));
  if (argc != 3)
    return 1;
  auto node = node::open({.data_folder = argv[1], .slots = 8, .command_launcher = {"/proc/self/exe", "launcher"}});
  if (!node) {
    say(fmt::format("failed {}", node.err().text()));
    return 1;
  }
  if (auto known = node->register_task("count", [](int n) { return n + 1; }); !known)
    return 1;
  if (std::string_view{argv[2]} == "finish") {
    node->stop();
    return 0;
  }
  return work(*node, std::atoi(argv[2]));
}
