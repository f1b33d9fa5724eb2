#pragma once

#include "carillon/trigger/trigger.hpp"

#include <optional>

namespace carillon::engine {

/// A trigger with its next fire time already taken out: what a planner looks at. A value; a copy goes on by itself.
/// Each step costs a few trigger steps, whatever the distance in time. Errors: ec::iteration_limit.
class fire_sequence {
public:
  /// `head` is what `rule` gave last.
  fire_sequence(trigger rule, std::optional<timestamp> head) : rule_(std::move(rule)), head_(head) {}

  /// The next fire time; none when finished.
  [[nodiscard]] std::optional<timestamp> head() const noexcept { return head_; }
  [[nodiscard]] bool is_before(timestamp when) const noexcept { return head_ && *head_ < when; }
  /// To be stored beside `head`.
  [[nodiscard]] const trigger_cursor& cursor() const noexcept { return rule_.cursor(); }
  [[nodiscard]] const trigger_definition& definition() const noexcept { return rule_.definition(); }

  /// Moves on by one.
  result<void> pop();
  /// Moves on to the first fire time at or after `when`; never back.
  result<void> skip_to(timestamp when);

  /// Moves on to the latest fire time before `when`, in O(log of the distance). Needs is_before(when).
  result<void> skip_to_latest_before(timestamp when);
  /// Moves on to the first of the last `count` (>= 1) fire times before `when`; stays if there are no more than that.
  /// Needs is_before(when).
  result<void> skip_to_last(std::size_t count, timestamp when);

private:
  /// How many of the fire times from the head on are before `when`, counted up to `most`.
  [[nodiscard]] result<std::size_t> count_before(timestamp when, std::size_t most) const;

  trigger rule_;
  std::optional<timestamp> head_;
};

} // namespace carillon::engine
