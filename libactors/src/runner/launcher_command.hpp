#pragma once

#include "runner/child_process.hpp"
#include "runner/launcher_wire.hpp"
#include "runner/line_feed.hpp"
#include "runner/output_capture.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// One command in the launcher: its first process, what it reads and writes, and how it is ended. Time is an input;
/// each method does what can be done without waiting.
///
/// It is over when the first process has ended and its output is closed, or held open (by something in the background)
/// for `drain_patience` longer. Told to stop, it is over when nothing of its family lives. Until then the first process
/// isn't waited for, so that its pid, which names the session and the group, can't become another's.
class launcher_command {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr auto drain_patience = std::chrono::seconds{1};
  static constexpr auto say_every = std::chrono::milliseconds{100};

  launcher_command(start_command what, child_program program, child_process child, std::size_t leftovers_line,
                   std::size_t output_size_bytes);

  [[nodiscard]] std::uint64_t attempt() const noexcept { return what_.attempt; }
  [[nodiscard]] std::size_t leftovers_line() const noexcept { return leftovers_line_; }
  [[nodiscard]] process_family family() const;

  void on_status();
  void on_input();
  void on_output();
  void on_exit(time_point now);

  /// TERM at the next `on_members`, KILL after `kill_after`; KILL at once if that is 0.
  void stop(time_point now, std::chrono::microseconds kill_after);
  [[nodiscard]] bool is_stopping() const noexcept { return told_to_stop_; }
  /// For one that is being stopped: carries on with what lives of it.
  void on_members(const std::vector<family_member>& members, time_point now);

  [[nodiscard]] bool is_over(time_point now) const;
  /// When to look again: at `is_over`, for members while it is being stopped, or for `take_said`. Nothing: when something
  /// happens.
  [[nodiscard]] std::optional<time_point> wake_at() const noexcept;

  /// What it has written since the last time, if that is long enough ago. Without `has_room` it is asked for later.
  [[nodiscard]] std::optional<command_said> take_said(time_point now, bool has_room);
  /// What is left of it; after `end`.
  [[nodiscard]] std::optional<command_said> take_last_said();

  /// Waits for the first process, which has ended. Call it once, when it is over.
  [[nodiscard]] command_ended end();

private:
  void reap();
  void signal_family(const std::vector<family_member>& members, int signal);
  void terminate(const std::vector<family_member>& members);

  start_command what_;
  child_program program_;
  child_process child_;
  std::size_t leftovers_line_;
  output_capture output_;
  line_feed feed_;
  time_point say_at_{}; // not before
  std::size_t input_written_ = 0;
  command_ended report_;
  bool has_exited_ = false;
  bool is_reaped_ = false;
  bool told_to_stop_ = false;
  bool is_terminated_ = false;         // TERM was sent
  std::vector<process_identity> told_; // those that it was sent to
  bool is_gone_ = false;               // stopped, and nothing of it lives
  time_point kill_at_{};
  std::chrono::milliseconds pause_{5};
  std::optional<time_point> wake_at_;
};

} // namespace carillon
