#pragma once

#include "carillon/model/value.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

/// The arguments of a built-in task: a map whose fields have types. `kind` is the task, for the error's text.
namespace carillon {

[[nodiscard]] inline error bad_field(std::string_view kind, std::string_view field, std::string_view expected) {
  return {ec::invalid_argument, fmt::format("{}: {}: expected {}", kind, field, expected)};
}

/// Reads one field of the map if it is there; false (and `fault` set) if it has another type.
template <class T>
bool read_field(std::string_view kind, const value& arguments, const char* field, std::string_view expected, T& into,
                std::optional<error>& fault) {
  const auto* found = arguments.find(field);
  if (found == nullptr || found->is_null())
    return true;
  if (const auto* content = found->get_if<T>()) {
    into = *content;
    return true;
  }
  fault = bad_field(kind, field, expected);
  return false;
}

} // namespace carillon
