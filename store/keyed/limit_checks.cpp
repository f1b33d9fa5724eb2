#include "keyed/limit_checks.hpp"

#include "carillon/base/utf8.hpp"
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
    for (const auto& [key, entry] : *entries)
      if (is_deeper_than(entry, levels - 1))
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

// Nothing for one that isn't positive: that is the trigger's to refuse.
std::optional<duration> shortest_interval(const trigger_definition& x) {
  if (const auto* every = std::get_if<interval_definition>(&x.kind))
    return every->interval > duration{0} ? std::optional{every->interval} : std::nullopt;
  const auto* all = std::get_if<all_of_definition>(&x.kind);
  const auto* any = std::get_if<any_of_definition>(&x.kind);
  std::optional<duration> shortest;
  if (all != nullptr || any != nullptr)
    for (const auto& part : all != nullptr ? all->triggers : any->triggers)
      if (const auto found = shortest_interval(part))
        shortest = std::min(*found, shortest.value_or(*found));
  return shortest;
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

result<void> check_trigger(const trigger_definition& what, const limits& bounds) {
  constexpr int max_trigger_depth = 16;
  if (is_deeper_than(what, max_trigger_depth))
    return {ec::limit_exceeded, fmt::format("trigger: nested deeper than {}", max_trigger_depth)};
  if (const auto size = codec::encode(what).size(); size > bounds.metadata_size_bytes)
    return too_large("trigger", size, bounds.metadata_size_bytes);
  if (const auto interval = shortest_interval(what); interval && *interval < std::chrono::milliseconds{1})
    return {ec::limit_exceeded, fmt::format("trigger: no schedule keeps up with an interval of {}; the shortest is 1ms",
                                            to_text(*interval))};
  return {};
}

result<void> check_jitter(duration max_jitter, const trigger_definition& trigger) {
  const auto* every = std::get_if<interval_definition>(&trigger.kind);
  if (every == nullptr || every->interval <= duration{0} || max_jitter < every->interval)
    return {};
  return {ec::invalid_argument, fmt::format("max_jitter: {} isn't shorter than the trigger's interval of {}: it would "
                                            "reach the following fire time",
                                            to_text(max_jitter), to_text(every->interval))};
}

result<void> check_limit(const std::optional<concurrency_limit>& what) {
  if (!what)
    return {};
  if (auto checked = check_id("its key", what->key); !checked)
    return checked.err().within("limit");
  if (what->maximum == 0)
    return {ec::invalid_argument, "limit: its maximum must be at least 1"};
  return {};
}

result<void> check_rate_limit(const std::optional<rate_limit>& what) {
  if (!what)
    return {};
  if (auto checked = check_id("its key", what->key); !checked)
    return checked.err().within("rate");
  return check_rate(what->rate);
}

result<void> check_runner(std::string_view task, std::string_view runner) {
  if (runner.empty())
    return {};
  if (auto checked = check_id("it", runner); !checked)
    return checked.err().within("runner");
  if (is_run_by(task, runner))
    return {};
  return {ec::invalid_argument,
          is_built_in(task)
              ? fmt::format("runner: the task {} needs the runner {}, not {}", quote(task), quote(task), quote(runner))
              : fmt::format("runner: {} runs the task of that name, and no code such as that of the "
                            "task {}",
                            quote(runner), quote(task))};
}

} // namespace carillon::keyed
