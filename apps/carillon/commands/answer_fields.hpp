#pragma once

#include "carillon/model/value.hpp"

#include <string>

namespace carillon::app {

/// A field of a node's answer; empty: it isn't there, or is no text.
inline std::string text_of(const value& document, const char* key) {
  const auto* found = document.find(key);
  const auto* text = found != nullptr ? found->get_if<std::string>() : nullptr;
  return text != nullptr ? *text : std::string{};
}

} // namespace carillon::app
