#pragma once

#include "carillon/base/utf8.hpp"
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

// What a program or a server is given is bytes. Those that are no text are `bytes` in a value, so that they stay as they are.

[[nodiscard]] inline value text_or_bytes(const std::string& given) {
  return find_not_utf8(given) == std::string_view::npos ? value{given} : value{bytes{given}};
}

/// Null if it is neither text nor bytes.
[[nodiscard]] inline const std::string* find_text_or_bytes(const value& given) {
  if (const auto* raw = given.get_if<bytes>())
    return &raw->data;
  return given.get_if<std::string>();
}

/// As `read_field`, of a text or bytes.
inline bool read_bytes(std::string_view kind, const value& arguments, const char* field, std::string& into,
                       std::optional<error>& fault) {
  const auto* found = arguments.find(field);
  if (found == nullptr || found->is_null())
    return true;
  const auto* content = find_text_or_bytes(*found);
  if (content == nullptr)
    fault = bad_field(kind, field, "a text or bytes");
  else
    into = *content;
  return content != nullptr;
}

} // namespace carillon
