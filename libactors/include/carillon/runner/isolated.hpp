#pragma once

#include "carillon/runner/runner.hpp"
#include "carillon/runner/typed_task.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#pragma GCC visibility push(default)
/// @file
/// Code that runs in a child process of its program, so that its crash ends an attempt and not the node.
namespace carillon {

/// What the code of one task may take.
struct isolated_settings {
  /// What the code may take (address space), beyond what its process has when the job begins; 0: unlimited. Whatever it forks may
  /// have as much. Where C++ gets no more of it, the process ends by KILL, as it does when the kernel runs out of memory.
  std::uint64_t memory_bytes = 0;
};

/// The code of a program's isolated tasks, by task. The node and its child processes, which are the same program, make the
/// same one.
class isolated_tasks {
public:
  /// What there is of one task.
  struct entry {
    task_function code;         ///< runs in the child process; the node checks arguments by it
    isolated_settings settings; ///< in force while a job of the task runs
  };

  /// Any callable that `make_task_function` takes. Replaces one of the same name.
  template <class F>
  isolated_tasks& add(std::string task, F code, isolated_settings settings = {}) {
    entries_.insert_or_assign(std::move(task), entry{make_task_function(std::move(code)), settings});
    return *this;
  }

  /// Null if there is none.
  [[nodiscard]] const entry* find(const std::string& task) const;

private:
  std::map<std::string, entry> entries_;
};

/// The first line of `main`, before any thread starts:
///
///     if (const auto code = carillon::run_if_isolated(argc, argv, tasks))
///       return *code;
///
/// In a child process that a node has started it does that process's work, and gives its exit code when there is none any more. In
/// any other it gives nothing, and isolated tasks can be registered from then on.
[[nodiscard]] std::optional<int> run_if_isolated(int argc, char** argv, const isolated_tasks& tasks);

/// What `run_if_isolated` was called with in this process; null: it wasn't.
[[nodiscard]] std::shared_ptr<const isolated_tasks> isolated_tasks_of_program();

/// What the `isolated` runner is made with; a node makes its own, if `run_if_isolated` was called.
struct isolated_runner_config {
  std::shared_ptr<const isolated_tasks> tasks{}; ///< those of the program; not null
  std::string leftovers_file{};                  ///< as `command_runner_config` has it, and another one
  std::size_t idle_processes = 4;                ///< so many are kept for the next jobs
  duration kill_after = std::chrono::seconds{2}; ///< from TERM to KILL, at most a second if the lease is lost
};

/// Runs each attempt in a process of its own, started by a launcher as commands are (docs/adr/0001). A process whose job
/// ended by itself and left nothing behind takes the next one.
///
/// The end of the process before the code's is `crashed`, with the signal and what it wrote last. What a job forked ends with it,
/// and the attempt ends when all of that is gone. An attempt that is asked to stop gets TERM, by which
/// `job_context::cancelled` asks its code; after `kill_after` KILL, whatever it does with signals. When the node ends, in
/// any way, its processes are killed.
[[nodiscard]] std::unique_ptr<runner> make_isolated_runner(isolated_runner_config config);

} // namespace carillon
#pragma GCC visibility pop
