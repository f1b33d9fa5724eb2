#include "keyed/limit_checks.hpp"

#include "codec/records.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

bool is_deeper_than(const value& x, int levels) {
  if (const auto* items = x.get_if<value::list>()) {
    if (levels == 0)
      return true;
    for (const auto& item : *items)
      if (is_deeper_than(item, levels - 1))
        return true;
  } else if (const auto* entries = x.get_if<value::map>()) {
    if (levels == 0)
      return true;
    for (const auto& [key, content] : *entries)
      if (is_deeper_than(content, levels - 1))
        return true;
  }
  return false;
}

bool is_deeper_than(const trigger_definition& x, int levels) {
  const auto* all = std::get_if<all_of_definition>(&x.kind);
  const auto* any = std::get_if<any_of_definition>(&x.kind);
  if (all == nullptr && any == nullptr)
    return false;
  if (levels == 0)
    return true;
  for (const auto& part : all != nullptr ? all->triggers : any->triggers)
    if (is_deeper_than(part, levels - 1))
      return true;
  return false;
}

error too_large(std::string_view what, std::size_t size, std::size_t limit) {
  return {ec::limit_exceeded, fmt::format("{}: {} bytes, of which {} are allowed", what, size, limit)};
}

} // namespace

bool is_nested_too_deep(const value& x) { return is_deeper_than(x, max_value_depth); }

result<void> check_arguments(const value& arguments, const limits& bounds) {
  if (is_nested_too_deep(arguments))
    return {ec::invalid_argument, fmt::format("arguments: nested deeper than {}", max_value_depth)};
  if (const auto size = size_bytes(arguments); size > bounds.argument_size_bytes)
    return too_large("arguments", size, bounds.argument_size_bytes);
  return {};
}

result<void> check_metadata(const value::map& metadata, const limits& bounds) {
  std::size_t size = 0;
  for (const auto& [key, content] : metadata) {
    // One level is the map itself.
    if (is_deeper_than(content, max_value_depth - 1))
      return {ec::invalid_argument, fmt::format("metadata: nested deeper than {}", max_value_depth)};
    size += key.size() + size_bytes(content);
  }
  if (size > bounds.metadata_size_bytes)
    return too_large("metadata", size, bounds.metadata_size_bytes);
  return {};
}

result<void> check_trigger_size(const trigger_definition& what, const limits& bounds) {
  constexpr int max_trigger_depth = 16;
  if (is_deeper_than(what, max_trigger_depth))
    return {ec::limit_exceeded, fmt::format("trigger: nested deeper than {}", max_trigger_depth)};
  if (const auto size = codec::encode(what).size(); size > bounds.metadata_size_bytes)
    return too_large("trigger", size, bounds.metadata_size_bytes);
  return {};
}

result<void> check_not_negative(std::string_view field, std::optional<duration> length) {
  if (length && *length < duration{0})
    return {ec::invalid_argument, fmt::format("{}: {} is negative", field, to_text(*length))};
  return {};
}

} // namespace carillon::keyed
