// What a node costs: time from start to ready, memory, and CPU when idle.
//
//   node_cost FOLDER load COUNT     adds COUNT schedules, none of which is due within the day
//   node_cost FOLDER idle SECONDS   starts on what is there, stays idle, and prints what that took
#include "carillon/runtime/node.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double resident_mebibytes() {
  std::ifstream statm{"/proc/self/statm"};
  long total = 0;
  long resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * 4096 / (1 << 20);
}

void print(std::string_view metric, double value, std::string_view unit) {
  fmt::print(R"({{"bench":"node_cost","metric":"{}","value":{:.4f},"unit":"{}"}})"
             "\n",
             metric, value, unit);
}

void load(node& node, int count) {
  const auto now = system_clock().now().wall;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<pending<schedule>> under_way;
  for (int n = 0; n < count; ++n) {
    schedule_definition made;
    made.id = fmt::format("s{}", n);
    made.task = "work";
    made.arguments = arguments(n);
    made.trigger = {interval_definition{24h, now + 24h + std::chrono::milliseconds{n}, std::nullopt}};
    under_way.push_back(node.add_schedule(std::move(made)));
    if (under_way.size() == 1'000) {
      for (auto& one : under_way)
        (void)std::move(one).get().or_throw();
      under_way.clear();
    }
  }
  for (auto& one : under_way)
    (void)std::move(one).get().or_throw();
  print("schedules_added", count / seconds_since(begin), "1/s");
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4)
    return 1;
  const auto begin = std::chrono::steady_clock::now();
  auto node = node::open({.data_folder = argv[1]}).or_throw();
  node.register_task("work", [](int) {}).or_throw();
  node.start().or_throw();
  print("start_to_ready", seconds_since(begin), "s");
  print("schedules", static_cast<double>(node.status().get().or_throw().schedules), "");
  if (std::string_view{argv[2]} == "load")
    load(node, std::atoi(argv[3]));
  else {
    std::this_thread::sleep_for(2s); // what the start leaves to do in the background
    const auto cpu = cpu_seconds();
    const std::chrono::seconds idle{std::atoi(argv[3])};
    std::this_thread::sleep_for(idle);
    print("idle_cpu", (cpu_seconds() - cpu) / static_cast<double>(idle.count()) * 100, "% of a core");
  }
  print("resident", resident_mebibytes(), "MiB");
}
