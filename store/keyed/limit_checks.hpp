#pragma once

#include "carillon/model/limits.hpp"
#include "carillon/model/value.hpp"
#include "carillon/trigger/definition.hpp"

#include <optional>
#include <string_view>

/// What the store refuses of what comes from outside (decision 19). Pure.
namespace carillon::keyed {

/// Errors: ec::limit_exceeded; ec::invalid_argument when it is nested deeper than `max_value_depth`.
[[nodiscard]] result<void> check_arguments(const value& arguments, const limits& bounds);
[[nodiscard]] result<void> check_metadata(const value::map& metadata, const limits& bounds);
/// A trigger must be small, as it is read at each fire. Errors: ec::limit_exceeded.
[[nodiscard]] result<void> check_trigger_size(const trigger_definition& what, const limits& bounds);
/// Errors: ec::invalid_argument.
[[nodiscard]] result<void> check_not_negative(std::string_view field, std::optional<duration> length);

[[nodiscard]] bool is_nested_too_deep(const value& x);

} // namespace carillon::keyed
