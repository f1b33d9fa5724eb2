#pragma once

#include "carillon/trigger/trigger.hpp"
#include "codec/trigger_json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::test {

/// The start of triggers that name none: 2026-01-01T00:00Z, in a zone without offset changes.
inline trigger_defaults trigger_test_defaults() { return {parse_iso8601("2026-01-01T00:00:00Z").value(), "UTC"}; }

inline result<trigger> try_trigger(std::string_view json) {
  auto definition = codec::parse_trigger_json(json, trigger_test_defaults());
  if (!definition)
    return definition.err();
  return trigger::make(*std::move(definition));
}

/// A trigger from JSON that must be right.
inline trigger make_trigger(std::string_view json) { return try_trigger(json).or_throw(); }

inline timestamp at(std::string_view iso8601) { return parse_iso8601(iso8601).or_throw(); }

/// Why a trigger is refused: `code: text`.
inline std::string refusal_of(std::string_view json) {
  const auto made = try_trigger(json);
  return made ? "accepted" : to_string(made.err());
}

/// Whether `text` holds `part`, for messages in tests.
inline bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The next fire times, at most `count`, without the microseconds; `nothing` or the error's code at the end if there is one.
inline std::string fires(trigger& rule, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const auto time = rule.next();
    const auto word = !time   ? std::string{to_string(time.err().code())}
                      : *time ? to_iso8601(**time).substr(0, 19)
                              : std::string{"nothing"};
    text += (text.empty() ? "" : " ") + word;
    if (!time || !*time)
      break;
  }
  return text;
}

inline std::string fires(std::string_view json, int count) {
  auto rule = make_trigger(json);
  return fires(rule, count);
}

} // namespace carillon::test
