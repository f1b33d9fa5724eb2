#include "carillon/model/policies.hpp"

#include <array>

namespace carillon {
namespace {

// The names of each enumeration, by number: both directions read them.
constexpr auto names_of(coalesce_policy) { return std::to_array<std::string_view>({"latest", "earliest", "all"}); }
constexpr auto names_of(overlap_policy) {
  return std::to_array<std::string_view>({"queue_one", "queue_all", "skip", "cancel_running", "allow"});
}
constexpr auto names_of(conflict_policy) { return std::to_array<std::string_view>({"fail", "replace", "do_nothing"}); }
constexpr auto names_of(loss_policy) { return std::to_array<std::string_view>({"run_again", "abandon"}); }
constexpr auto names_of(durability) { return std::to_array<std::string_view>({"sync", "async", "none"}); }
constexpr auto names_of(backoff_kind) { return std::to_array<std::string_view>({"exponential", "fixed", "linear"}); }
constexpr auto names_of(follow_up_trigger) { return std::to_array<std::string_view>({"success", "failure", "end"}); }
constexpr auto names_of(backfill_selection) { return std::to_array<std::string_view>({"missing", "failed", "all"}); }
constexpr auto names_of(job_state) { return std::to_array<std::string_view>({"pending", "running", "finished"}); }
constexpr auto names_of(job_outcome) {
  return std::to_array<std::string_view>({"none", "success", "error", "timed_out", "crashed", "cancelled",
                                          "missed_start_deadline", "abandoned", "deserialization_failed"});
}
constexpr auto names_of(skip_reason) {
  return std::to_array<std::string_view>(
      {"coalesced", "misfire", "overlap", "catch_up_limit", "clock_step", "paused", "queue_full"});
}

template <class Enum>
std::string_view name_of(Enum x) noexcept {
  static constexpr auto names = names_of(Enum{});
  const auto number = static_cast<std::size_t>(x);
  return number < names.size() ? names[number] : "unknown"; // one of a newer version
}

} // namespace

template <class Enum>
std::optional<Enum> parse_enum(std::string_view name) noexcept {
  static constexpr auto names = names_of(Enum{});
  for (std::size_t number = 0; number < names.size(); ++number)
    if (names[number] == name)
      return static_cast<Enum>(number);
  return std::nullopt;
}

std::string_view to_string(coalesce_policy x) noexcept { return name_of(x); }
std::string_view to_string(overlap_policy x) noexcept { return name_of(x); }
std::string_view to_string(conflict_policy x) noexcept { return name_of(x); }
std::string_view to_string(loss_policy x) noexcept { return name_of(x); }
std::string_view to_string(durability x) noexcept { return name_of(x); }
std::string_view to_string(follow_up_trigger x) noexcept { return name_of(x); }
std::string_view to_string(backfill_selection x) noexcept { return name_of(x); }
std::string_view to_string(backoff_kind x) noexcept { return name_of(x); }
std::string_view to_string(job_state x) noexcept { return name_of(x); }
std::string_view to_string(job_outcome x) noexcept { return name_of(x); }
std::string_view to_string(skip_reason x) noexcept { return name_of(x); }

template std::optional<coalesce_policy> parse_enum<coalesce_policy>(std::string_view) noexcept;
template std::optional<overlap_policy> parse_enum<overlap_policy>(std::string_view) noexcept;
template std::optional<conflict_policy> parse_enum<conflict_policy>(std::string_view) noexcept;
template std::optional<loss_policy> parse_enum<loss_policy>(std::string_view) noexcept;
template std::optional<durability> parse_enum<durability>(std::string_view) noexcept;
template std::optional<follow_up_trigger> parse_enum<follow_up_trigger>(std::string_view) noexcept;
template std::optional<backfill_selection> parse_enum<backfill_selection>(std::string_view) noexcept;
template std::optional<backoff_kind> parse_enum<backoff_kind>(std::string_view) noexcept;
template std::optional<job_state> parse_enum<job_state>(std::string_view) noexcept;
template std::optional<job_outcome> parse_enum<job_outcome>(std::string_view) noexcept;
template std::optional<skip_reason> parse_enum<skip_reason>(std::string_view) noexcept;

} // namespace carillon
