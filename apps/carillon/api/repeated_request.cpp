// A schedule that is asked for again in the same words.
#include "api/requests.hpp"

#include <algorithm>

namespace carillon::app {
namespace {

// What `read` finds in the first pair of parts, of two triggers that are built alike, in which it finds something.
template <class Read>
std::optional<timestamp>
find_in_parts(const trigger_definition& asked, // NOLINT(misc-no-recursion): its depth is limited
              const trigger_definition& recorded, const Read& read) {
  return std::visit(
      [&]<class Kind>(const Kind& one) -> std::optional<timestamp> {
        const auto* other = std::get_if<Kind>(&recorded.kind);
        if (other == nullptr)
          return std::nullopt;
        if constexpr (requires { one.triggers; }) {
          for (std::size_t i = 0; i < std::min(one.triggers.size(), other->triggers.size()); ++i)
            if (const auto found = find_in_parts(one.triggers[i], other->triggers[i], read))
              return found;
          return std::nullopt;
        } else {
          return read(one, *other);
        }
      },
      asked.kind);
}

// What filled in the starts that the words leave out, when they were said the first time: the recorded start of what would now begin
// at `now`; where there are only dates, as many days ago. One that is still to come was said: it never was a `now`.
std::optional<timestamp> find_earlier_now(const trigger_definition& asked, const trigger_definition& recorded,
                                          timestamp now) {
  const auto by_time = find_in_parts(asked, recorded, [&](const auto& one, const auto& other) {
    std::optional<timestamp> start;
    if constexpr (requires { one.start_time; })
      if (one.start_time == now && other.start_time < now)
        start = other.start_time;
    return start;
  });
  if (by_time)
    return by_time;
  return find_in_parts(asked, recorded, [&](const auto& one, const auto& other) {
    std::optional<timestamp> start;
    if constexpr (requires { one.start_date; })
      if (other.start_date < one.start_date)
        start = now + std::chrono::days{to_day_number(other.start_date) - to_day_number(one.start_date)};
    return start;
  });
}

bool is_recorded_as(schedule_definition asked, const schedule_definition& recorded) {
  asked.paused = recorded.paused; // where it stands is its own
  asked.unknown_fields = recorded.unknown_fields;
  return asked == recorded;
}

} // namespace

result<schedule_request> parse_schedule_request(const value& body, const trigger_defaults& defaults,
                                                const schedule_definition& recorded) {
  auto asked = parse_schedule_request(body, defaults);
  if (!asked || is_recorded_as(asked->definition, recorded))
    return asked;
  const auto earlier = find_earlier_now(asked->definition.trigger, recorded.trigger, defaults.now);
  if (!earlier)
    return asked;
  auto again = parse_schedule_request(body, {*earlier, defaults.local_zone});
  return again && is_recorded_as(again->definition, recorded) ? std::move(again) : std::move(asked);
}

} // namespace carillon::app
