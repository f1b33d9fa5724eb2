#include "cli/progress_bar.hpp"
#include "commands/run.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon::app {

result<value> ask_for_long_work(const client_context& context, const std::string& doing, target what,
                                const value& body) {
  using namespace std::chrono_literals;
  // The node doesn't say how far it is: that it hasn't hung is all there is to show.
  const std::jthread telling{[&doing](const std::stop_token& stop) {
    progress_bar bar{doing, "s"};
    std::mutex mutex;
    std::condition_variable_any stopped;
    const auto begin = std::chrono::steady_clock::now();
    for (std::unique_lock lock{mutex}; !stopped.wait_for(lock, stop, 1s, [&stop] { return stop.stop_requested(); });) {
      const auto waited = std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
      bar.show(static_cast<std::uint64_t>(waited.count()), 0);
    }
  }};
  constexpr auto longest_work = 7h;
  return context.node.ask("POST", std::move(what), body, longest_work);
}

} // namespace carillon::app
