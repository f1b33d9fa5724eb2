#include "carillon/base/utf8.hpp"
#include "cli/render.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace carillon::app {
namespace {

constexpr auto look_every = std::chrono::milliseconds{250};

bool is_drained(const value& node) {
  const auto* running = node.find("running_jobs");
  return running != nullptr && *running == value{0};
}

// The node as it is when nothing runs there any more, or when the time is up. The store may be away for a while.
result<value> wait_until_drained(const client_context& context, const drain_node_command& what) {
  const auto until = std::chrono::steady_clock::now() + what.wait.value_or(duration{0});
  std::string told;
  while (true) {
    auto now = context.node.ask("GET", {{"nodes", what.name}, {}});
    const bool is_away = !now && exit_code_of(now.err().code()) == exit_code::unreachable;
    const bool is_over = std::chrono::steady_clock::now() >= until;
    if ((now && is_drained(*now)) || (!now && !is_away) || is_over)
      return now;
    const auto state = now ? to_json_text(*now->find("running_jobs")) + " jobs run there" : now.err().text();
    if (!context.json && std::exchange(told, state) != state)
      print(state + "\n");
    std::this_thread::sleep_for(look_every);
  }
}

} // namespace

result<exit_code> run_drain(const client_context& context, const drain_node_command& what) {
  const value body{value::map{{"hand_back", what.hand_back}}};
  if (const auto drains = context.node.ask("POST", {{"nodes", what.name, "drain"}, {}}, body); !drains)
    return drains.err();
  if (!context.json)
    print(fmt::format("{} gets no jobs any more\n", what.name));
  const auto now = wait_until_drained(context, what);
  if (!now)
    return now.err();
  if (context.json)
    print_document(context, *now);
  else if (is_drained(*now))
    print(fmt::format("{} is drained\n", what.name));
  if (!what.wait || is_drained(*now))
    return exit_code::success;
  print_error({ec::timed_out, fmt::format("{} jobs still run on node {}", to_json_text(*now->find("running_jobs")),
                                          quote(what.name))});
  return exit_code::refused;
}

} // namespace carillon::app
