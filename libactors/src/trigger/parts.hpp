#pragma once

#include "trigger/kinds.hpp"

#include <vector>

namespace carillon {

/// The parts of an `and` or `or` trigger, and how they are asked (trigger-semantics 7.1, 8.1). The cursor has a cursor
/// and a pending time for each part.
class fire_parts {
public:
  /// Errors: as `compile`; ec::invalid_argument without parts; the text names the part.
  [[nodiscard]] static result<fire_parts> compile(const std::vector<trigger_definition>& definitions);

  [[nodiscard]] bool accepts(const trigger_cursor& cursor) const;
  [[nodiscard]] bool can_fail() const noexcept { return fallible_count_ != 0; }

  /// Asks every part once, unless that has been done. Errors: ec::iteration_limit, the pending times being empty again.
  [[nodiscard]] result<void> fill(trigger_cursor& cursor, work_budget& budget) const;

  /// Asks every part whose pending time is at most `limit` for its next time. Errors: ec::iteration_limit; then only
  /// the part that failed has moved, and has kept its pending time, so that asking again loses nothing.
  [[nodiscard]] result<void> ask(trigger_cursor& cursor, timestamp limit, work_budget& budget) const;

  /// Skips every part whose pending time lies before `when`, and asks it if pending times are kept already.
  [[nodiscard]] result<void> skip(trigger_cursor& cursor, timestamp when, work_budget& budget) const;

private:
  using rule_pointer = std::unique_ptr<const fire_rule>;

  std::vector<rule_pointer> rules_;
  std::vector<std::size_t> order_; ///< in which parts are asked: those that can fail come first
  std::size_t fallible_count_ = 0;
};

} // namespace carillon
