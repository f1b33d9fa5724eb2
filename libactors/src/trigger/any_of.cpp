// Section 8: any part fires.
#include "trigger/parts.hpp"

#include <algorithm>

namespace carillon {
namespace {

class any_of_rule final : public fire_rule {
public:
  explicit any_of_rule(fire_parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] bool accepts(const trigger_cursor& cursor) const override { return parts_.accepts(cursor); }
  [[nodiscard]] bool can_fail() const noexcept override { return parts_.can_fail(); }

  [[nodiscard]] result<std::optional<timestamp>> next(trigger_cursor& cursor, work_budget& budget) const override {
    if (cursor.at == trigger_cursor::phase::finished)
      return std::optional<timestamp>{};
    if (const auto filled = parts_.fill(cursor, budget); !filled)
      return filled.err();
    std::optional<timestamp> earliest;
    for (const auto& time : cursor.pending)
      if (time && (!earliest || *time < *earliest))
        earliest = time;
    if (!earliest) {
      finish(cursor);
      return earliest;
    }
    if (const auto asked = parts_.ask(cursor, *earliest, budget); !asked)
      return asked.err();
    return earliest;
  }

  [[nodiscard]] result<void> skip_to(trigger_cursor& cursor, timestamp when, work_budget& budget) const override {
    if (cursor.at == trigger_cursor::phase::finished)
      return {};
    return parts_.skip(cursor, when, budget);
  }

private:
  fire_parts parts_;
};

} // namespace

compiled_rule compile(const any_of_definition& definition) {
  auto parts = fire_parts::compile(definition.triggers);
  if (!parts)
    return parts.err();
  return std::unique_ptr<const fire_rule>{std::make_unique<any_of_rule>(*std::move(parts))};
}

} // namespace carillon
