#pragma once

#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// How much a trigger of a user's own kind may remember, in bytes.
inline constexpr std::size_t max_trigger_state_size = 4'096;
/// How many fire times `skip_to` walks over when the kind can't jump. A schedule whose trigger needs more pauses
/// itself.
inline constexpr std::size_t max_trigger_walk = 10'000;

/// A trigger of a kind of your own: where the built-in ones end (tides, market holidays, a table). All that changes is
/// in `state`, bytes of your choice that begin empty and are stored with the schedule; so the members are const, give
/// the same answer for the same state on every node, and may be called from several threads at once. They must not look
/// at a clock (trigger-semantics 1.1). What they throw pauses the schedule with its text.
class custom_trigger {
public:
  virtual ~custom_trigger() = default;

  /// The next fire time after those given before, `state` being moved there; nothing when there is none any more. Times
  /// that don't increase pause the schedule.
  [[nodiscard]] virtual std::optional<timestamp> next(std::string& state) const = 0;

  /// Moves `state` so that `next` gives the first fire time at or after `when`, and gives true; never back. Without it
  /// the times in between are walked over, at most `max_trigger_walk`.
  [[nodiscard]] virtual bool skip_to(std::string& state, timestamp when) const;

  /// What it does, in plain English that follows the word "fires": `at high tide in Hamburg`.
  [[nodiscard]] virtual std::string describe() const;

protected:
  custom_trigger() = default;
  custom_trigger(const custom_trigger&) = default;            ///< for derived classes only
  custom_trigger& operator=(const custom_trigger&) = default; ///< for derived classes only
};

/// Makes the trigger that `parameters`, a JSON text (empty if none were given), describe, or refuses them with
/// ec::invalid_argument. What it throws is a refusal too. Any thread.
using custom_trigger_factory =
    std::function<result<std::unique_ptr<const custom_trigger>>(std::string_view parameters)>;

/// Makes a kind of trigger known to this process, for `{"type": "custom", "kind": kind, "parameters": …}`. Before a
/// node is opened, on the node with the store and on at least one with the role scheduler: a schedule waits until one
/// that knows its kind plans it. The name has 1 to 100 of the characters a-z, 0-9, `_`, `-` and `.`.
/// Errors: ec::invalid_argument; ec::conflict when there is one of that name. Any thread.
[[nodiscard]] result<void> register_trigger_kind(const std::string& kind, custom_trigger_factory factory);

/// The kinds that are registered with this process, ascending. Any thread.
[[nodiscard]] std::vector<std::string> registered_trigger_kinds();

} // namespace carillon
#pragma GCC visibility pop
