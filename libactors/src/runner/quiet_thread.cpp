#include "runner/quiet_thread.hpp"

#include <fmt/format.h>

#include <csignal>
#include <system_error>
#include <utility>

namespace carillon {

result<std::thread> start_quiet_thread(std::function<void()> work, std::string_view wanted_for) {
  // A new thread has the mask of the one that starts it.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  result<std::thread> started = error{ec::unavailable, {}};
  try {
    started = std::thread{std::move(work)};
  } catch (const std::system_error& refusal) {
    started = error{ec::unavailable, fmt::format("no thread could be started for {}: {}", wanted_for, refusal.what())};
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

} // namespace carillon
