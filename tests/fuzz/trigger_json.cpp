// A trigger in JSON from any bytes. What is taken is written as JSON that means the same; it can be described; its canonical
// form is its own and fires at the same times; its fire times rise; a stored cursor goes on with the same times; and skipping
// ahead lands on the time that stepping reaches.
#include "codec/trigger_json.hpp"
#include "carillon/trigger/describe.hpp"
#include "carillon/trigger/trigger.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

using namespace carillon;

namespace {

constexpr std::size_t steps = 5;
constexpr std::uint32_t most_iterations = 1'000; // of an `and`: more is allowed, and only takes longer

/// `and` defines its times by skipping: stepping may see others.
bool has_all_of(const trigger_definition& definition) {
  if (const auto* any = std::get_if<any_of_definition>(&definition.kind))
    return std::ranges::any_of(any->triggers, has_all_of);
  return std::holds_alternative<all_of_definition>(definition.kind);
}

bool is_quick(const trigger_definition& definition) {
  if (const auto* any = std::get_if<any_of_definition>(&definition.kind))
    return std::ranges::all_of(any->triggers, is_quick);
  if (const auto* all = std::get_if<all_of_definition>(&definition.kind))
    return all->max_iterations <= most_iterations && std::ranges::all_of(all->triggers, is_quick);
  return true;
}

void check_form(const trigger& made) {
  CARILLON_ASSERT(describe(made.definition()));
  const auto form = canonical(made.definition());
  CARILLON_ASSERT(form);
  CARILLON_ASSERT(canonical(*form).value() == *form);
  CARILLON_ASSERT(codec::parse_trigger_json(codec::trigger_to_json(*form).dump(), {}).value() == *form);
  auto original = made;
  auto other = trigger::make(*form);
  CARILLON_ASSERT(other);
  for (std::size_t i = 0; i < steps; ++i) {
    const auto a = original.next();
    const auto b = other->next();
    CARILLON_ASSERT(a.has_value() == b.has_value());
    if (!a || !*a)
      break;
    CARILLON_ASSERT(*a == *b);
  }
}

void check_times(const trigger& fresh) {
  auto stepping = fresh;
  std::vector<timestamp> times;
  while (times.size() < steps) {
    auto restored = trigger::restore(fresh.definition(), stepping.cursor());
    CARILLON_ASSERT(restored);
    const auto next = stepping.next();
    const auto same = restored->next();
    CARILLON_ASSERT(next.has_value() == same.has_value());
    if (!next || !*next)
      break;
    CARILLON_ASSERT(*same == *next);
    CARILLON_ASSERT(times.empty() || times.back() < **next);
    times.push_back(**next);
  }
  if (has_all_of(fresh.definition()))
    return;
  for (const auto time : times) {
    auto skipping = fresh;
    CARILLON_ASSERT(skipping.skip_to(time));
    const auto reached = skipping.next();
    CARILLON_ASSERT(reached && *reached == time);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const trigger_defaults defaults{.now = timestamp{std::chrono::seconds{1'790'000'000}}, .local_zone = "Europe/Berlin"};
  const auto definition = codec::parse_trigger_json(text, defaults);
  if (!definition)
    return 0;
  const auto again = codec::parse_trigger_json(codec::trigger_to_json(*definition).dump(), {});
  CARILLON_ASSERT(again && *again == *definition);
  if (!is_quick(*definition))
    return 0;
  if (const auto made = trigger::make(*definition)) {
    check_times(*made);
    check_form(*made);
  }
  return 0;
}
