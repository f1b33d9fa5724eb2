#pragma once

#include "carillon/trigger/definition.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// How deep a trigger may be nested, itself counted; more is refused with ec::limit_exceeded.
inline constexpr std::size_t max_trigger_depth = 16;
/// How many triggers one may have in all, `and` and `or` counted too; more is refused with ec::limit_exceeded.
inline constexpr std::size_t max_trigger_parts = 1'000;

/// Where a trigger stands: everything that its next answer depends on besides its definition. A plain value that can be
/// stored at any moment; restoring it continues the same sequence (trigger-semantics 1.4).
struct trigger_cursor {
  /// `fresh`: it has given no fire time yet; `running`: it goes on from here; `finished`: there is no further one.
  enum class phase : std::uint8_t { fresh = 0, running = 1, finished = 2 };

  phase at = phase::fresh; ///< how far it has come
  /// Up to where the sequence has been given or skipped: an instant in microseconds since 1970; for calendar_interval
  /// the local date, in days since 1970.
  std::int64_t position = 0;
  /// `and`, `or`: one for each part.
  std::vector<trigger_cursor> parts;
  /// `and`, `or`: the pending time of each part, none for a part that has ended. Empty until the first `next`.
  /// calendar_interval: the second pass of an overlap, as long as it is still to come.
  std::vector<std::optional<timestamp>> pending;
  /// A user's own kind: what it remembers, at most `max_trigger_state_size`.
  std::string state;

  friend bool operator==(const trigger_cursor&, const trigger_cursor&) = default;
};

/// When: a state machine that gives one fire time after the other, strictly increasing, never looking at a clock
/// (trigger-semantics 1). A value: a copy goes on by itself. The compiled definition is shared between copies and
/// immutable; one object is used by one thread at a time.
class trigger {
public:
  /// Checks and compiles a definition. Errors: ec::invalid_argument, ec::limit_exceeded; the text names the field and
  /// the position.
  [[nodiscard]] static result<trigger> make(trigger_definition definition);

  /// A trigger that goes on at `cursor`, which a trigger of the same definition gave.
  /// Errors: as `make`; ec::invalid_argument for a cursor that doesn't fit.
  [[nodiscard]] static result<trigger> restore(trigger_definition definition, trigger_cursor cursor);

  /// As it was given to `make` or `restore`; lives as long as this trigger or a copy of it.
  [[nodiscard]] const trigger_definition& definition() const noexcept;
  /// Where it stands now; `next` and `skip_to` change it.
  [[nodiscard]] const trigger_cursor& cursor() const noexcept { return cursor_; }

  /// The same compiled definition at another cursor: cheaper than `restore`. The cursor must fit: one that doesn't is a
  /// broken invariant.
  [[nodiscard]] trigger at(trigger_cursor cursor) const;

  /// The next fire time, or nothing when finished. Errors: ec::iteration_limit (calling again goes on); of a user's own
  /// kind also ec::invalid_argument (it threw, or went back in time), ec::limit_exceeded (its state is too large).
  [[nodiscard]] result<std::optional<timestamp>> next();

  /// Moves on so that the next fire time is the first one at or after `when` (trigger-semantics 13); never back.
  /// A jump, not a walk; `and` defines its result by it. Errors: as `next`.
  [[nodiscard]] result<void> skip_to(timestamp when);

  struct compiled; // private

private:
  explicit trigger(std::shared_ptr<const compiled> rule, trigger_cursor cursor)
    : rule_(std::move(rule)), cursor_(std::move(cursor)) {}

  std::shared_ptr<const compiled> rule_;
  trigger_cursor cursor_;
};

} // namespace carillon
#pragma GCC visibility pop
