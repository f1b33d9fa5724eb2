#pragma once

#include "bench/measured_node.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

namespace carillon::app::bench {

/// What the measured task notes of each of its runs: which fire time, and when its first instruction was. Any thread; holds no lock, so
/// that noting disturbs nothing.
class lateness_log {
public:
  /// Runs above `capacity` are counted, and not kept.
  explicit lateness_log(std::size_t capacity) : runs_(capacity) {}

  void note(const job_context& context) noexcept {
    const auto now = system_clock().now().wall;
    const auto place = count_.fetch_add(1, std::memory_order_relaxed);
    if (place >= runs_.size() || !context.scheduled_fire_time())
      return;
    runs_[place].fire_time = *context.scheduled_fire_time();
    runs_[place].began.store(now.time_since_epoch().count(), std::memory_order_release);
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_.load(); }

  /// Of the runs with a fire time from `from` up to `to`, excluded: how late each was, in milliseconds.
  [[nodiscard]] std::vector<double> lateness(timestamp from, timestamp to) const {
    std::vector<double> all;
    for (std::size_t i = 0; i < std::min(count(), runs_.size()); ++i) {
      const timestamp began{duration{runs_[i].began.load(std::memory_order_acquire)}};
      if (began != timestamp{} && runs_[i].fire_time >= from && runs_[i].fire_time < to)
        all.push_back(std::chrono::duration<double, std::milli>(began - runs_[i].fire_time).count());
    }
    return all;
  }

private:
  struct run {
    timestamp fire_time{};
    std::atomic<std::int64_t> began{0}; // 0: not noted yet
  };
  std::vector<run> runs_;
  std::atomic<std::size_t> count_ = 0;
};

/// The measured task, noting in `seen`.
[[nodiscard]] inline task_function noting_task(std::shared_ptr<lateness_log> seen) {
  return [seen = std::move(seen)](const value&, const job_context& context) {
    seen->note(context);
    return attempt_result{};
  };
}

} // namespace carillon::app::bench
