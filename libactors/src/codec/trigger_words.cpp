#include "codec/trigger_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace carillon::codec {
namespace {

using namespace std::string_view_literals;

// Each at the index of its value.
constexpr std::array gap_words{"skip"sv, "before"sv, "after"sv, "shift"sv};
constexpr std::array overlap_words{"first"sv, "last"sv, "both"sv};
constexpr std::array weekday_words{"mon"sv, "tue"sv, "wed"sv, "thu"sv, "fri"sv, "sat"sv, "sun"sv};

template <std::size_t Size>
std::optional<std::uint8_t> index_in(const std::array<std::string_view, Size>& words, std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end())
    return std::nullopt;
  return static_cast<std::uint8_t>(found - words.begin());
}

} // namespace

std::string_view to_word(gap_policy policy) noexcept { return gap_words[static_cast<std::size_t>(policy)]; }

std::optional<gap_policy> parse_gap_policy(std::string_view word) noexcept {
  const auto index = index_in(gap_words, word);
  return index ? std::optional{static_cast<gap_policy>(*index)} : std::nullopt;
}

std::string_view to_word(overlap_pass pass) noexcept { return overlap_words[static_cast<std::size_t>(pass)]; }

std::optional<overlap_pass> parse_overlap_pass(std::string_view word) noexcept {
  const auto index = index_in(overlap_words, word);
  return index ? std::optional{static_cast<overlap_pass>(*index)} : std::nullopt;
}

std::string_view weekday_word(std::uint8_t weekday) noexcept { return weekday_words[weekday - 1u]; }

std::optional<std::uint8_t> parse_weekday(std::string_view word) noexcept {
  std::string lower{word.substr(0, 4)};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto index = index_in(weekday_words, lower);
  return index ? std::optional{static_cast<std::uint8_t>(*index + 1)} : std::nullopt;
}

} // namespace carillon::codec
