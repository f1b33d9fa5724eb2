#include "crontab/times.hpp"

#include "crontab/blanks.hpp"

#include "carillon/trigger/trigger.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace carillon::crontab {
namespace {

constexpr std::size_t field_count = 5;

struct word_place {
  std::size_t in_expression; // offset
  std::size_t in_line;       // offset
};

result<trigger> make_time_trigger(const std::string& expression, const std::string& timezone) {
  classic_cron_definition definition;
  definition.expression = expression;
  definition.timezone = timezone;
  return trigger::make({definition});
}

// Takes `position N: ` out of the trigger's sentence and gives the N, a column of the expression.
std::optional<std::size_t> take_position(std::string& sentence) {
  constexpr std::string_view label = "position ";
  const auto begin = sentence.find(label);
  if (begin == std::string::npos)
    return std::nullopt;
  const auto* digits = sentence.data() + begin + label.size();
  std::size_t position = 0;
  const auto [end, error] = std::from_chars(digits, sentence.data() + sentence.size(), position);
  if (error != std::errc{})
    return std::nullopt;
  sentence.erase(begin, static_cast<std::size_t>(end - sentence.data()) - begin);
  if (sentence.compare(begin, 2, ": ") == 0)
    sentence.erase(begin, 2);
  return position;
}

// The column in the line of a column in the expression: both count from 1, and only the blanks between words differ.
std::size_t column_in_line(const std::vector<word_place>& words, std::size_t column) {
  auto place = words.front();
  for (const auto& word : words)
    if (word.in_expression < column)
      place = word;
  return column + place.in_line - place.in_expression;
}

} // namespace

std::optional<fault> read_times(std::string_view line, times_text& into) {
  auto rest = line;
  skip_blanks(rest);
  const auto wanted = rest.starts_with('@') ? 1 : field_count;
  std::vector<word_place> words;
  into = {};
  while (words.size() < wanted && !rest.empty()) {
    if (!words.empty())
      into.expression += ' ';
    words.push_back({into.expression.size(), line.size() - rest.size()});
    into.expression += take_word(rest);
    into.end = line.size() - rest.size();
    skip_blanks(rest);
  }
  into.column = words.front().in_line + 1;
  if (words.size() < wanted)
    return fault{
        0, line.size() + 1,
        fmt::format("the line ends after {} of the {} time fields (minute, hour, day of month, month, day of week)",
                    words.size(), field_count)};
  if (const auto other = into.expression.find_first_of("\r\v\f"); other != std::string::npos)
    return fault{0, column_in_line(words, other + 1), "only blanks and tabs can stand between the time fields"};
  if (into.expression == "@reboot")
    return std::nullopt;
  auto rule = make_time_trigger(into.expression, "UTC");
  if (!rule) {
    auto sentence = rule.err().text();
    const auto position = take_position(sentence).value_or(1);
    if (constexpr std::string_view field = "expression: "; sentence.starts_with(field))
      sentence.erase(0, field.size()); // the trigger's word; here it is the line
    return fault{0, column_in_line(words, position), std::move(sentence)};
  }
  if (const auto first = rule->next(); !first || !first->has_value())
    return fault{0, into.column, "these times never come: there is no such date"};
  return std::nullopt;
}

result<void> check_timezone(const std::string& name) {
  if (name.empty())
    return {};
  if (const auto rule = make_time_trigger("* * * * *", name); !rule)
    return rule.err();
  return {};
}

} // namespace carillon::crontab
