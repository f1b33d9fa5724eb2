#pragma once

#include "carillon/runner/task_function.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// Why an attempt must end early.
enum class stop_reason : std::uint8_t { cancelled, timed_out, lease_lost, node_stops };

/// One way to run a job's code: a kind of Carillon's, or one of your own (`node::register_runner`). The executor is its
/// only user; one thread at a time calls it.
///
/// An attempt that was asked to stop and didn't end in success has the outcome `timed_out` if its time was up,
/// otherwise `cancelled`, whatever it failed with; the first reason counts. A callable that returned a success all the
/// same has done its work, and that is its outcome. A command has no such way to say it: programs often exit with 0
/// when they are told to end, so a command that was still running when it was told to is never a success.
class runner {
public:
  /// What a runner calls for a started attempt: exactly once when it ends, from any thread, possibly before `start`, `stop`
  /// or the destructor returns. It must not throw, nor call the runner. Until then `reports` (may be null) takes what the
  /// attempt says. Copies mean the same attempt.
  class on_end {
  public:
    on_end() = default; ///< of no attempt: can't be called
    /// The same.
    on_end(std::nullptr_t) noexcept {} // NOLINT(google-explicit-constructor)
    /// Of an attempt whose end is told to `end`, and whose words to `reports`.
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, on_end> && std::is_invocable_v<F&, attempt_result>)
        on_end(F end, std::shared_ptr<report_sink> reports = nullptr) // NOLINT(google-explicit-constructor)
      : end_(std::make_shared<callable_of<F>>(std::move(end))), reports_(std::move(reports)) {}

    /// The attempt has ended so.
    void operator()(attempt_result outcome) const { end_->call(std::move(outcome)); }
    /// Whether it is that of an attempt.
    explicit operator bool() const noexcept { return end_ != nullptr; }
    /// Null: nobody listens.
    [[nodiscard]] const std::shared_ptr<report_sink>& reports() const noexcept { return reports_; }

  private:
    // Shared by all copies, which so cost nothing.
    struct callable {
      virtual ~callable() = default;
      virtual void call(attempt_result outcome) = 0;
    };
    template <class F>
    struct callable_of final : callable {
      explicit callable_of(F function) : end(std::move(function)) {}
      void call(attempt_result outcome) override { end(std::move(outcome)); }
      F end;
    };

    std::shared_ptr<callable> end_;
    std::shared_ptr<report_sink> reports_;
  };

  /// Stops what still runs (stop_reason::node_stops); afterwards every started attempt has ended.
  virtual ~runner() = default;

  /// What tasks name it by: `inline`, `thread_pool`, `actor`, `command`, `isolated`, `http`, or a name of the user's. Always the same.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  /// Before the first `start`. Ends whatever an earlier process of this node left running, and returns only when it is
  /// gone (decision 18). What it throws is an error of `node::start`.
  virtual result<void> open() { return {}; }

  /// Runs the job (whose lease is in `held_by`). `code` is its task's function, which lives as long as a copy of `done`: keep
  /// one until `code->start` has returned. Null for a task without one. Never waits for other jobs, except for the inline runner. Must not throw: the attempt would end
  /// as `error`.
  virtual void start(std::shared_ptr<const job> what, const task_function* code, on_end done) = 0;

  /// Asks all attempts of the job that are under way to end (usually one; a second may have begun after the first lost
  /// its lease); `done` still is called, when they have. Unknown ids are ignored (it may just have ended).
  virtual void stop(const job_id& id, stop_reason why) = 0;

  /// Ends at once, as failed, the attempts that hold no thread: whose callable has returned and whose completion hasn't
  /// come. For a node that stops, after `stop`.
  virtual void give_up() {}
};

/// Runs the code on the caller's thread, inside `start`: for short, non-blocking tasks, and for those that end by a
/// completion. Its destructor doesn't wait for completions: it gives up on them. A node has it by the names `inline` and
/// `actor`: what a task of an actor does on the caller's thread is to send a message.
[[nodiscard]] std::unique_ptr<runner> make_inline_runner(std::string name = "inline");

/// Runs blocking code on up to `threads` (>= 1) threads of its own, started when they are needed; what is over that
/// number waits in order. Code that ends by a completion is off its thread when it returns. `stop` requests the stop of
/// the job's `job_context::cancelled`; one that hasn't begun never will. Its destructor requests that too, waits for
/// running code to return, and gives up on completions.
[[nodiscard]] std::unique_ptr<runner> make_thread_pool_runner(std::size_t threads);

/// What the `command` runner is made with; a node makes it by its own configuration (`node_config::command_launcher`).
struct command_runner_config {
  /// argv that starts `run_command_launcher`; the number of its descriptor is added. Best by way of `/proc/self/exe`,
  /// which still is this program after a newer one has taken its place on the disk.
  std::vector<std::string> launcher{};
  std::string leftovers_file{};             ///< where running children are noted, of one node only; empty: nowhere
  std::size_t output_size_bytes = 64 << 10; ///< captured output of one attempt
};

/// Runs child processes under one launcher process, which is started with the first command (docs/adr/0001). The result
/// is a `command_result`.
///
/// A command that can't be started (no such program, folder or user, no permission) is an `error` without exit code;
/// its text names what is missing. Arguments that are no `command_spec` are `deserialization_failed`. An exit code
/// other than 0 is an `error`, a signal is `crashed`.
///
/// Each whole line that it writes is a line of its job's log when it is written; one like this is its progress instead:
///
///     ::progress 0.4 half done
///
/// When a command ends by itself, what it left in the background lives on; if that holds the output open, it is waited
/// for another second. A command that is stopped gets TERM, and after its `kill_after` KILL (after a second at most if
/// its lease is lost), with its whole session and all that carries its job's id in the environment; its attempt ends
/// when all of that is gone. A later attempt of the same job starts only then. The destructor, and the end of the node
/// in any way, is a KILL at once. If the launcher is killed, so are its commands, and their attempts end as `crashed`.
[[nodiscard]] std::unique_ptr<runner> make_command_runner(command_runner_config config);

/// What the launcher process runs: takes commands from file descriptor `fd` until it closes, then kills all it started.
/// Gives the process's exit code. No other thread may run.
int run_command_launcher(int fd);

} // namespace carillon
#pragma GCC visibility pop
