#include "trigger/parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {
namespace {

// Stands for "not asked yet" while the pending times are being filled. No fire time is so early.
constexpr timestamp unasked = timestamp::min();

error work_used_up() {
  return {ec::iteration_limit,
          fmt::format("the parts of the trigger were asked {} times without a result", work_budget::default_steps)};
}

} // namespace

result<fire_parts> fire_parts::compile(const std::vector<trigger_definition>& definitions) {
  if (definitions.empty())
    return error{ec::invalid_argument, "triggers: at least one is needed"};
  fire_parts parts;
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    auto rule = carillon::compile(definitions[i]);
    if (!rule)
      return rule.err().within(fmt::format("triggers[{}]", i));
    parts.rules_.push_back(*std::move(rule));
    parts.order_.push_back(i);
  }
  const auto first_simple = std::stable_partition(parts.order_.begin(), parts.order_.end(),
                                                  [&](std::size_t i) { return parts.rules_[i]->can_fail(); });
  parts.fallible_count_ = static_cast<std::size_t>(first_simple - parts.order_.begin());
  return parts;
}

bool fire_parts::accepts(const trigger_cursor& cursor) const {
  if (cursor.at == trigger_cursor::phase::finished || (cursor.at == trigger_cursor::phase::fresh && !has_parts(cursor)))
    return true;
  if (cursor.parts.size() != rules_.size() || (!cursor.pending.empty() && cursor.pending.size() != rules_.size()) ||
      (cursor.at == trigger_cursor::phase::running) == cursor.pending.empty())
    return false;
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (!rules_[i]->accepts(cursor.parts[i]))
      return false;
  return std::none_of(cursor.pending.begin(), cursor.pending.end(),
                      [](const auto& time) { return time && (*time <= unasked || *time > last_instant); });
}

result<void> fire_parts::fill(trigger_cursor& cursor, work_budget& budget) const {
  if (!cursor.pending.empty())
    return {};
  cursor.parts.resize(rules_.size());
  cursor.pending.assign(rules_.size(), unasked);
  auto asked = ask(cursor, unasked, budget);
  if (asked)
    cursor.at = trigger_cursor::phase::running;
  else
    cursor.pending.clear();
  return asked;
}

result<void> fire_parts::ask(trigger_cursor& cursor, timestamp limit, work_budget& budget) const {
  const auto is_asked = [&](std::size_t i) { return cursor.pending[i] && *cursor.pending[i] <= limit; };
  // Those that can fail are asked first, so that only their own moves may have to be undone, and with one of them none.
  struct move {
    std::size_t part;
    trigger_cursor cursor;
    std::optional<timestamp> pending;
  };
  std::vector<move> moves;
  for (std::size_t place = 0; place < order_.size(); ++place) {
    const auto i = order_[place];
    if (!is_asked(i))
      continue;
    const bool may_be_undone = fallible_count_ > 1 && place < fallible_count_;
    if (may_be_undone)
      moves.push_back({i, cursor.parts[i], cursor.pending[i]});
    auto time = budget.take_step() ? rules_[i]->next(cursor.parts[i], budget) : work_used_up();
    if (time) {
      cursor.pending[i] = *time;
      continue;
    }
    if (may_be_undone)
      moves.pop_back(); // the one that failed keeps its progress
    for (auto& done : moves) {
      cursor.parts[done.part] = std::move(done.cursor);
      cursor.pending[done.part] = done.pending;
    }
    return time.err();
  }
  return {};
}

result<void> fire_parts::skip(trigger_cursor& cursor, timestamp when, work_budget& budget) const {
  cursor.parts.resize(rules_.size());
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (cursor.pending.empty() || (cursor.pending[i] && *cursor.pending[i] < when))
      if (auto skipped = rules_[i]->skip_to(cursor.parts[i], when, budget); !skipped)
        return skipped;
  return cursor.pending.empty() ? result<void>{} : ask(cursor, when - duration{1}, budget);
}

} // namespace carillon
