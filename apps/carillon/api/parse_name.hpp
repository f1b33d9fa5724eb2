#pragma once

#include "carillon/base/result.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/model/value.hpp"

#include <fmt/format.h>

#include <string>

namespace carillon::app {

/// Why a field is refused.
inline error bad(std::string text) { return {ec::invalid_argument, std::move(text)}; }

/// An enumerator by its name, which a refusal lists.
template <class Enum>
result<Enum> parse_name(const value& x) {
  const auto* text = x.get_if<std::string>();
  if (text == nullptr)
    return bad("expected a text");
  if (const auto parsed = parse_enum<Enum>(*text))
    return *parsed;
  std::string known; // the enumerations begin at 0 and have no holes
  for (int number = 0; to_string(static_cast<Enum>(number)) != "unknown"; ++number)
    known += (number == 0 ? "" : ", ") + std::string{to_string(static_cast<Enum>(number))};
  return bad(fmt::format("unknown name {}; there are {}", quote(*text), known));
}

} // namespace carillon::app
