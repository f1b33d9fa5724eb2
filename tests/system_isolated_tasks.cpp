#include "system/isolated_tasks_of_a_test.hpp"

#include "carillon/runtime/isolated_task.hpp"
#include "system/commands_of_a_test.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

using namespace carillon;

namespace carillon_tests {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

// Holds the FIFO open from now on, and says so (see sign_of_life).
void show_life(const std::string& fifo) {
  const int file = ::open(fifo.c_str(), O_WRONLY | O_CLOEXEC);
  [[maybe_unused]] const auto written = ::write(file, "up\n", 3);
}

[[noreturn]] void live_for_ever() {
  ::signal(SIGTERM, SIG_IGN);
  while (true)
    ::pause();
}

// Forks one that has a session of its own, ignores TERM and never ends; returns when it lives.
void leave_one_behind(const std::string& fifo) {
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  if (::fork() == 0) {
    ::setsid();
    show_life(fifo);
    ::close(ready[0]);
    ::close(ready[1]);
    live_for_ever();
  }
  ::close(ready[1]);
  char none = 0;
  [[maybe_unused]] const auto read = ::read(ready[0], &none, 1);
  ::close(ready[0]);
}

void crash() {
  std::raise(SIGSEGV); // what the language leaves undefined an optimizer may leave out
}

void allocate(std::uint64_t bytes) {
  std::vector<std::unique_ptr<char[]>> taken;
  for (std::uint64_t all = 0; all < bytes; all += mebibyte) {
    taken.push_back(std::make_unique<char[]>(mebibyte));
    std::memset(taken.back().get(), 'x', mebibyte);
  }
}

result<std::string> wait_for_stop(const job_context& context, bool good, const std::string& fifo) {
  show_life(fifo);
  std::promise<void> stopped;
  const std::stop_callback wake{context.cancelled(), [&] { stopped.set_value(); }};
  stopped.get_future().wait();
  return good ? result<std::string>{"done all the same"} : error{ec::unavailable, "half done"};
}

value describe(const job_context& context) {
  return value::map{{"id", context.id().to_string()},
                    {"token", static_cast<std::int64_t>(context.fencing_token())},
                    {"attempt", std::int64_t{context.attempt()}},
                    {"schedule", context.schedule_id()},
                    {"metadata", context.metadata()}};
}

} // namespace

isolated_tasks make_isolated_tasks() {
  isolated_tasks tasks;
  tasks.add("add", [](int a, int b) { return a + b; });
  tasks.add("pid", [] { return std::int64_t{::getpid()}; });
  tasks.add("describe", describe);
  tasks.add("throw", []() -> int { throw std::runtime_error{"out of paper"}; });
  tasks.add("later", [](const completion& done) { std::thread{[done] { done.success("later"); }}.detach(); });
  tasks.add("segfault", crash);
  tasks.add("abort", [] {
    std::fputs("first line\nthe table is broken\n", stderr);
    std::abort();
  });
  tasks.add("exit", [](int code) { ::_exit(code); });
  tasks.add("eat", [](std::int64_t mebibytes) { allocate(static_cast<std::uint64_t>(mebibytes) * mebibyte); },
            {.memory_bytes = 64 * mebibyte});
  tasks.add("wait", wait_for_stop);
  tasks.add("deaf", [](const std::string& fifo) {
    show_life(fifo);
    live_for_ever();
  });
  tasks.add("fork", [](const std::string& fifo) {
    leave_one_behind(fifo);
    return std::string{"done"};
  });
  tasks.add("fork_and_crash", [](const std::string& fifo) {
    leave_one_behind(fifo);
    crash();
  });
  tasks.add("fork_and_wait", [](const job_context& context, const std::string& fifo) -> result<void> {
    leave_one_behind(fifo);
    std::promise<void> stopped;
    const std::stop_callback wake{context.cancelled(), [&] { stopped.set_value(); }};
    stopped.get_future().wait();
    return error{ec::unavailable, "half done"};
  });
  tasks.add("talk", [](const job_context& context, int lines) {
    for (int n = 1; n <= lines; ++n)
      context.log("line " + std::to_string(n));
    context.report_progress(0.5, "half");
  });
  tasks.add("come_back_twice", [] { return std::int64_t{::fork() == 0 ? 0 : 1}; });
  return tasks;
}

int run_isolated_node_until_killed(const char* leftovers_file, const char* fifo) {
  const auto isolated = make_isolated_runner({isolated_tasks_of_program(), leftovers_file});
  if (!isolated->open())
    return 1;
  const auto what = make_job(command_spec{});
  what->task = "deaf";
  what->arguments = arguments(fifo);
  isolated->start(what, nullptr, [](const attempt_result&) {});
  while (true)
    ::pause();
}

int register_without_the_line(const char* file) {
  auto node = node::open({}).or_throw();
  task settings;
  settings.id = "add";
  const auto refused = register_isolated_task(node, settings);
  settings.runner = "isolated";
  const auto refused_too = node.register_task(settings, [](int a, int b) { return a + b; });
  if (refused || refused_too || refused.err() != refused_too.err())
    return 1;
  std::ofstream{file} << refused.err().text();
  return 0;
}

} // namespace carillon_tests
