#pragma once

#include "carillon/trigger/trigger.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace carillon {

/// The first and the last instant that a fire time may have (trigger-semantics 1.3).
inline constexpr timestamp first_instant{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
inline constexpr timestamp last_instant{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} -
                                        std::chrono::microseconds{1}};

/// Bounds what one call of a trigger may do, so that nested `and` triggers, whose limits multiply, stay finite too.
class work_budget {
public:
  /// How often one call may ask a part of an `and` or `or`: far above what a trigger of use needs, and below a second.
  static constexpr std::uint32_t default_steps = 1'000'000;

  explicit work_budget(std::uint32_t steps = default_steps) noexcept : left_(steps) {}
  /// Takes one step; false when none is left.
  [[nodiscard]] bool take_step() noexcept { return left_ != 0 && left_-- != 0; }

private:
  std::uint32_t left_;
};

/// The compiled form of one kind of trigger: how a cursor moves. Immutable, any thread. The cursor that it is called
/// with is one that it accepts.
class fire_rule {
public:
  virtual ~fire_rule() = default;

  /// Whether this rule can have left a cursor so.
  [[nodiscard]] virtual bool accepts(const trigger_cursor& cursor) const = 0;

  /// As trigger::next. Errors: ec::iteration_limit, the cursor keeping the progress made.
  [[nodiscard]] virtual result<std::optional<timestamp>> next(trigger_cursor& cursor, work_budget& budget) const = 0;

  /// As trigger::skip_to. Errors: ec::iteration_limit, the cursor keeping the progress made: ask again to go on.
  [[nodiscard]] virtual result<void> skip_to(trigger_cursor& cursor, timestamp when, work_budget& budget) const = 0;

  /// Whether `next` or `skip_to` can give an error.
  [[nodiscard]] virtual bool can_fail() const noexcept { return false; }
};

/// A kind without parts: it can't fail, and it finishes when it has no more time up to the year 9999.
class simple_fire_rule : public fire_rule {
public:
  [[nodiscard]] bool accepts(const trigger_cursor& cursor) const final;
  [[nodiscard]] result<std::optional<timestamp>> next(trigger_cursor& cursor, work_budget& budget) const final;
  [[nodiscard]] result<void> skip_to(trigger_cursor& cursor, timestamp when, work_budget& budget) const final;

protected:
  /// Whether `cursor`, which isn't finished, is at a place that this rule knows.
  [[nodiscard]] virtual bool accepts_running(const trigger_cursor& cursor) const = 0;
  /// The next time, the cursor being moved there; nothing when there is none. The cursor isn't finished.
  [[nodiscard]] virtual std::optional<timestamp> advance(trigger_cursor& cursor) const = 0;
  /// Moves a cursor that isn't finished; `when` lies in the years 1 to 9999.
  virtual void skip(trigger_cursor& cursor, timestamp when) const = 0;
};

/// Marks a cursor as finished, which needs nothing else to be remembered.
void finish(trigger_cursor& cursor);

/// Whether a cursor has what only kinds with parts keep.
[[nodiscard]] bool has_parts(const trigger_cursor& cursor) noexcept;

// Checks that the kinds share.

/// Errors: ec::invalid_argument when an instant lies outside the years 1 to 9999.
[[nodiscard]] result<void> check_instant(std::string_view name, timestamp when);
/// Errors: ec::invalid_argument for values that no policy has: a record may hold any number.
[[nodiscard]] result<void> check_dst(const std::optional<dst_policy>& dst);

} // namespace carillon
