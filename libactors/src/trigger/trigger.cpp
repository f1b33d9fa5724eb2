#include "carillon/trigger/trigger.hpp"

#include "trigger/kinds.hpp"

#include "carillon/trigger/zone_data.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {

// A friend's first declaration takes nothing of the header's visibility along.
#pragma GCC visibility push(default)
bool operator==(const all_of_definition& a, const all_of_definition& b) {
  return a.triggers == b.triggers && a.threshold == b.threshold && a.max_iterations == b.max_iterations;
}
bool operator==(const any_of_definition& a, const any_of_definition& b) { return a.triggers == b.triggers; }
bool operator==(const trigger_definition& a, const trigger_definition& b) { return a.kind == b.kind; }
#pragma GCC visibility pop

namespace {

const std::vector<trigger_definition>* sub_triggers_of(const trigger_definition& definition) {
  if (const auto* all = std::get_if<all_of_definition>(&definition.kind))
    return &all->triggers;
  if (const auto* any = std::get_if<any_of_definition>(&definition.kind))
    return &any->triggers;
  return nullptr;
}

/// Counts `definition` and all below it. The depth is checked first, so the recursion is bounded.
result<void> check_size(const trigger_definition& definition, std::size_t depth, std::size_t& count) {
  if (depth > max_trigger_depth)
    return {ec::limit_exceeded, fmt::format("the trigger is nested more than {} deep", max_trigger_depth)};
  if (++count > max_trigger_parts)
    return {ec::limit_exceeded, fmt::format("the trigger has more than {} parts", max_trigger_parts)};
  if (const auto* parts = sub_triggers_of(definition))
    for (const auto& part : *parts)
      if (auto checked = check_size(part, depth + 1, count); !checked)
        return checked;
  return {};
}

} // namespace

struct trigger::compiled {
  compiled(trigger_definition from, std::unique_ptr<const fire_rule> its_rule)
    : definition(std::move(from)), rule(std::move(its_rule)) {}

  trigger_definition definition;
  std::unique_ptr<const fire_rule> rule;
};

compiled_rule compile(const trigger_definition& definition) {
  return std::visit([](const auto& kind) { return compile(kind); }, definition.kind);
}

result<trigger> trigger::make(trigger_definition definition) {
  std::size_t count = 0;
  if (const auto checked = check_size(definition, 1, count); !checked)
    return checked.err();
  auto rule = compile(definition);
  if (!rule)
    return rule.err();
  return trigger{std::make_shared<const compiled>(std::move(definition), *std::move(rule)), {}};
}

result<trigger> trigger::restore(trigger_definition definition, trigger_cursor cursor) {
  auto made = make(std::move(definition));
  if (!made)
    return made;
  if (!made->rule_->rule->accepts(cursor))
    return error{ec::invalid_argument, "the cursor doesn't belong to this trigger"};
  made->cursor_ = std::move(cursor);
  return made;
}

const trigger_definition& trigger::definition() const noexcept { return rule_->definition; }

trigger trigger::at(trigger_cursor cursor) const {
  CARILLON_ASSERT(rule_->rule->accepts(cursor));
  return trigger{rule_, std::move(cursor)};
}

result<std::optional<timestamp>> trigger::next() {
  work_budget budget;
  return rule_->rule->next(cursor_, budget);
}

result<void> trigger::skip_to(timestamp when) {
  work_budget budget;
  return rule_->rule->skip_to(cursor_, when, budget);
}

bool uses_local_time(const trigger_definition& definition) {
  if (const auto* parts = sub_triggers_of(definition))
    return std::any_of(parts->begin(), parts->end(), uses_local_time);
  return std::visit(
      [](const auto& kind) {
        return requires { kind.timezone; };
      },
      definition.kind);
}

} // namespace carillon
