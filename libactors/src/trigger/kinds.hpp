#pragma once

#include "trigger/fire_rule.hpp"

namespace carillon {

/// A compiled trigger, or why it was refused: ec::invalid_argument or ec::limit_exceeded, naming the field.
using compiled_rule = result<std::unique_ptr<const fire_rule>>;

[[nodiscard]] compiled_rule compile(const date_definition& definition);
[[nodiscard]] compiled_rule compile(const interval_definition& definition);
[[nodiscard]] compiled_rule compile(const calendar_interval_definition& definition);
[[nodiscard]] compiled_rule compile(const cron_definition& definition);
[[nodiscard]] compiled_rule compile(const classic_cron_definition& definition);
[[nodiscard]] compiled_rule compile(const all_of_definition& definition);
[[nodiscard]] compiled_rule compile(const any_of_definition& definition);
[[nodiscard]] compiled_rule compile(const custom_definition& definition);
[[nodiscard]] compiled_rule compile(const trigger_definition& definition);

} // namespace carillon
