#include "cli/render.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace carillon::app {
namespace {

constexpr auto look_every = std::chrono::milliseconds{250};

} // namespace

result<exit_code> run_drain(const client_context& context, const drain_node_command& what) {
  const value body{value::map{{"hand_back", what.hand_back}}};
  if (const auto drains = context.node.ask("POST", {{"nodes", what.name, "drain"}, {}}, body); !drains)
    return drains.err();
  print(fmt::format("{} gets no jobs any more\n", what.name));
  if (!what.wait)
    return exit_code::success;
  const auto until = std::chrono::steady_clock::now() + *what.wait;
  value told;
  while (true) {
    const auto now = context.node.ask("GET", {{"nodes", what.name}, {}});
    if (!now)
      return now.err();
    const auto* running = now->find("running_jobs");
    if (running == nullptr)
      return {ec::internal, "the node's answer has no running_jobs"};
    if (*running == value{0}) {
      print(fmt::format("{} is drained\n", what.name));
      return exit_code::success;
    }
    if (*running != told)
      print(fmt::format("{} jobs run there\n", to_json_text(*running)));
    told = *running;
    if (std::chrono::steady_clock::now() >= until)
      return {ec::timed_out, fmt::format("{} jobs still run on node {:?}", to_json_text(*running), what.name)};
    std::this_thread::sleep_for(look_every);
  }
}

} // namespace carillon::app
