#pragma once

#include "cli/terminal.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::app {

/// `restoring [#####---------------] 26 %, 1300 of 5000 records`: how much of it is done. `total` 0: it isn't known how much it is.
[[nodiscard]] std::string render_progress_bar(std::string_view what, std::uint64_t done, std::uint64_t total,
                                              std::string_view unit);

/// How far long work is, on standard error: a bar that moves on a terminal, else a plain line each ten seconds.
class progress_bar {
public:
  /// `what` is being done to things of the kind `unit`.
  progress_bar(std::string what, std::string unit) : what_(std::move(what)), unit_(std::move(unit)) {}

  /// May be called as often as one likes: it is shown now and then.
  void show(std::uint64_t done, std::uint64_t total);
  /// Shows what it is told, as long as this lives.
  [[nodiscard]] auto listener() {
    return [this](std::uint64_t done, std::uint64_t total) { show(done, total); };
  }

  /// Before something else is written.
  void clear() { line_.clear(); }

private:
  std::string what_;
  std::string unit_;
  progress_line line_;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

} // namespace carillon::app
