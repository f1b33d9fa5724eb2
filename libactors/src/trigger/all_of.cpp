// Section 7: all parts agree within a threshold.
#include "trigger/parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {
namespace {

/// The earliest and the latest pending time.
struct pending_span {
  timestamp low = timestamp::max();
  timestamp high = timestamp::min();
};

/// Nothing when a part has ended.
std::optional<pending_span> span_of(const trigger_cursor& cursor) {
  pending_span span;
  for (const auto& time : cursor.pending) {
    if (!time)
      return std::nullopt;
    span.low = std::min(span.low, *time);
    span.high = std::max(span.high, *time);
  }
  return span;
}

class all_of_rule final : public fire_rule {
public:
  all_of_rule(fire_parts parts, duration threshold, std::uint32_t max_iterations)
    : parts_(std::move(parts)), threshold_(threshold), max_iterations_(max_iterations) {}

  [[nodiscard]] bool accepts(const trigger_cursor& cursor) const override { return parts_.accepts(cursor); }
  [[nodiscard]] bool can_fail() const noexcept override { return true; }

  [[nodiscard]] result<std::optional<timestamp>> next(trigger_cursor& cursor, work_budget& budget) const override {
    if (cursor.at == trigger_cursor::phase::finished)
      return std::optional<timestamp>{};
    if (const auto filled = parts_.fill(cursor, budget); !filled)
      return filled.err();
    for (std::uint32_t iteration = 0; iteration < max_iterations_; ++iteration) {
      const auto span = span_of(cursor);
      if (!span) {
        finish(cursor);
        return std::optional<timestamp>{};
      }
      if (const auto asked = parts_.ask(cursor, span->low + threshold_, budget); !asked)
        return asked.err();
      if (span->high - span->low <= threshold_)
        return std::optional{span->low};
    }
    return iterations_used_up();
  }

  /// Each part is skipped to `when` - threshold, as a time of a part may lie there that agrees with one at `when`. What
  /// agrees before `when` is then passed over.
  [[nodiscard]] result<void> skip_to(trigger_cursor& cursor, timestamp when, work_budget& budget) const override {
    if (cursor.at == trigger_cursor::phase::finished)
      return {};
    when = std::clamp(when, first_instant, last_instant + duration{1});
    if (auto skipped = parts_.skip(cursor, when - threshold_, budget); !skipped)
      return skipped;
    if (auto filled = parts_.fill(cursor, budget); !filled)
      return filled;
    for (std::uint32_t iteration = 0; iteration < max_iterations_; ++iteration) {
      const auto span = span_of(cursor);
      if (!span) {
        finish(cursor);
        return {};
      }
      if (span->low >= when)
        return {};
      if (auto asked = parts_.ask(cursor, span->low + threshold_, budget); !asked)
        return asked;
    }
    return iterations_used_up();
  }

private:
  [[nodiscard]] error iterations_used_up() const {
    return {ec::iteration_limit,
            fmt::format("the parts of an `and` trigger didn't agree in {} iterations", max_iterations_)};
  }

  fire_parts parts_;
  duration threshold_;
  std::uint32_t max_iterations_;
};

} // namespace

compiled_rule compile(const all_of_definition& definition) {
  constexpr duration longest_threshold = std::chrono::years{10'000};
  if (definition.threshold < duration::zero())
    return {ec::invalid_argument, "threshold: it can't be negative"};
  if (definition.threshold > longest_threshold)
    return {ec::invalid_argument, "threshold: more than 10,000 years"};
  if (definition.max_iterations == 0)
    return {ec::invalid_argument, "max_iterations: at least 1 is needed"};
  auto parts = fire_parts::compile(definition.triggers);
  if (!parts)
    return parts.err();
  return std::unique_ptr<const fire_rule>{
      std::make_unique<all_of_rule>(*std::move(parts), definition.threshold, definition.max_iterations)};
}

} // namespace carillon
