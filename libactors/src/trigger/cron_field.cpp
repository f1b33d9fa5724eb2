#include "trigger/cron_field.hpp"

#include "carillon/base/civil_time.hpp"
#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

namespace carillon {
namespace {

using namespace std::string_view_literals;

constexpr std::array month_names{"jan"sv, "feb"sv, "mar"sv, "apr"sv, "may"sv, "jun"sv,
                                 "jul"sv, "aug"sv, "sep"sv, "oct"sv, "nov"sv, "dec"sv};
constexpr std::array weekday_names{"sun"sv, "mon"sv, "tue"sv, "wed"sv, "thu"sv, "fri"sv, "sat"sv};
constexpr std::array ordinals{"1st"sv, "2nd"sv, "3rd"sv, "4th"sv, "5th"sv};
constexpr unsigned sunday_as_7 = 7;

struct field_rule {
  std::string_view name;
  unsigned min;
  unsigned max;
};

constexpr std::array<field_rule, 8> rules{{{"year", min_cron_year, max_year},
                                           {"month", 1, 12},
                                           {"day", 1, 31},
                                           {"week", 1, 53},
                                           {"day_of_week", 0, sunday_as_7},
                                           {"hour", 0, 23},
                                           {"minute", 0, 59},
                                           {"second", 0, 59}}};

constexpr const field_rule& rule_of(cron_field field) { return rules[static_cast<std::size_t>(field)]; }

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b); });
}

std::optional<unsigned> index_of(std::string_view text, std::span<const std::string_view> names) {
  for (unsigned i = 0; i < names.size(); ++i)
    if (equal_ignoring_case(text, names[i]))
      return i;
  return std::nullopt;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads one field. Each method reads one form at the cursor; `handled` tells whether the form was there.
class field_reader {
public:
  field_reader(cron_field field, cron_dialect dialect, std::string_view text, std::size_t column)
    : field_(field), rule_(rule_of(field)), is_classic_(dialect == cron_dialect::classic), in_(text, column) {}

  result<parsed_field> read() {
    do {
      in_.take_blanks();
      if (const auto read = read_expression(); !read)
        return read.err().within(rule_.name);
      in_.take_blanks();
    } while (in_.take(','));
    if (!in_.at_end())
      return in_.fault("expected ',' or the end").within(rule_.name);
    return std::move(parsed_);
  }

private:
  using handled = result<bool>;

  result<void> read_expression() {
    const auto start = in_.column();
    if (in_.take('*'))
      return read_every(start);
    if (is_classic_ && is_day_field() && in_.take('?')) {
      add(every());
      return {};
    }
    const auto special = read_special();
    if (!special)
      return special.err();
    return *special ? result<void>{} : read_range(start);
  }

  [[nodiscard]] bool is_weekday() const { return field_ == cron_field::day_of_week; }
  [[nodiscard]] bool is_day_field() const { return field_ == cron_field::day || is_weekday(); }

  /// The whole field: weekdays from Monday, or classically from Sunday.
  [[nodiscard]] stepped_range every() const {
    if (!is_weekday())
      return {rule_.min, rule_.max, 1};
    return is_classic_ ? stepped_range{0, 6, 1} : stepped_range{1, sunday_as_7, 1};
  }

  void add(const stepped_range& range) {
    if (field_ == cron_field::year) {
      parsed_.years.push_back(range);
      return;
    }
    for (auto value = range.first; value <= range.last; value += range.step)
      parsed_.values |= std::uint64_t{1} << (is_weekday() ? value % 7 : value);
  }

  result<void> read_every(std::size_t start) {
    auto range = every();
    const auto limit = is_weekday() ? 7 : range.last - range.first;
    if (const auto step = read_step(start, limit, range); !step)
      return step.err();
    add(range);
    return {};
  }

  /// `a`, `a-b`, `a-b/n`, `a/n`
  result<void> read_range(std::size_t start) {
    const auto first = read_value();
    if (!first)
      return first.err();
    if (const auto suffix = read_suffix(*first); !suffix || *suffix)
      return suffix ? result<void>{} : suffix.err();
    stepped_range range{*first, *first, 1};
    if (in_.take('-')) {
      const auto last = read_value();
      if (!last)
        return last.err();
      if (name_has_l_)
        return in_.fault("a range can't end with L");
      if (!is_weekday() && *last < *first)
        return text_cursor::fault_at(start, fmt::format("the range runs backwards, from {} to {}", *first, *last));
      range.last = is_weekday() ? weekday_range_end(*first, *last) : *last;
    } else if (in_.peek() == '/') {
      range.last = rule_.max;
    }
    if (const auto step = read_step(start, range.last - range.first, range); !step)
      return step.err();
    add(range);
    return {};
  }

  /// A weekday range may cross the end of the week; it then ends above 7. `0-7` is every day.
  static unsigned weekday_range_end(unsigned first, unsigned last) {
    return first == 0 && last == sunday_as_7 ? last : first + (last + 7 - first) % 7;
  }

  result<void> read_step(std::size_t start, unsigned limit, stepped_range& range) {
    if (!in_.take('/'))
      return {};
    const auto column = in_.column();
    const auto step = read_number(max_year);
    if (!step)
      return step.err();
    if (*step == 0)
      return text_cursor::fault_at(column, "a step can't be 0");
    if (*step > limit && !is_classic_)
      return text_cursor::fault_at(start, fmt::format("the step {} is larger than the range, {}", *step, limit));
    range.step = *step;
    return {};
  }

  result<unsigned> read_number(unsigned highest) {
    const auto column = in_.column();
    const auto digits = in_.take_digits();
    if (digits.empty())
      return in_.fault("expected a number");
    unsigned value = 0;
    for (const char digit : digits) {
      value = value * 10 + static_cast<unsigned>(digit - '0');
      if (value > highest)
        return text_cursor::fault_at(column, fmt::format("{} is more than {}", digits.substr(0, 20), highest));
    }
    return value;
  }

  result<unsigned> read_value() {
    const auto column = in_.column();
    if (is_digit(in_.peek())) {
      auto value = read_number(rule_.max);
      if (value && *value < rule_.min)
        return text_cursor::fault_at(column, fmt::format("{} is less than {}", *value, rule_.min));
      return value;
    }
    if (!is_letter(in_.peek()))
      return in_.fault(in_.at_end() || in_.peek() == ',' ? "an expression is missing" : expected());
    const auto word = in_.take_letters();
    return read_name(word, column);
  }

  result<unsigned> read_name(std::string_view word, std::size_t column) {
    if (field_ == cron_field::month)
      if (const auto index = index_of(word, month_names))
        return *index + 1;
    if (is_weekday()) {
      if (const auto index = index_of(word, weekday_names))
        return *index == 0 && !is_classic_ ? sunday_as_7 : *index; // in the strict form the week begins on Monday
      if (is_classic_ && word.size() == 4 && (word.back() == 'L' || word.back() == 'l'))
        if (const auto index = index_of(word.substr(0, 3), weekday_names)) {
          name_has_l_ = true; // `friL`: the letters were read in one go
          return *index;
        }
    }
    return text_cursor::fault_at(column, fmt::format("{} is unknown: {}", quote(word.substr(0, 20)), expected()));
  }

  [[nodiscard]] std::string expected() const {
    if (field_ == cron_field::month)
      return "expected a number, a name such as jan, or '*'";
    if (is_weekday())
      return "expected a number, a name such as mon, or '*'";
    return "expected a number or '*'";
  }

  /// Forms that begin like none of the common ones.
  handled read_special() {
    if (field_ != cron_field::day)
      return false;
    if (is_classic_)
      return in_.peek() == 'L' || in_.peek() == 'l' ? read_classic_last() : handled{false};
    return read_position();
  }

  /// `last`, `last mon`, `2nd mon`
  handled read_position() {
    const auto rest = in_.rest();
    const auto length = static_cast<std::size_t>(
        std::find_if_not(rest.begin(), rest.end(), [](char c) { return is_digit(c) || is_letter(c); }) - rest.begin());
    const auto word = rest.substr(0, length);
    const auto is_last = equal_ignoring_case(word, "last");
    const auto ordinal = index_of(word, ordinals);
    if (!is_last && !ordinal)
      return false;
    for (std::size_t i = 0; i < length; ++i)
      in_.advance();
    const auto blanks = in_.take_blanks();
    if (is_last && !(blanks && is_letter(in_.peek()))) {
      parsed_.special.days_before_last |= 1;
      return true;
    }
    const auto column = in_.column();
    const auto name = in_.take_letters();
    const auto weekday = index_of(name, weekday_names);
    if (!blanks || !weekday)
      return text_cursor::fault_at(column, fmt::format("expected a weekday such as mon after {}", quote(word)));
    const auto bit = static_cast<weekday_bits>(1u << *weekday);
    (is_last ? parsed_.special.last_weekdays : parsed_.special.nth_weekdays[*ordinal]) |= bit;
    return true;
  }

  /// `L`, `L-n`, `LW`
  handled read_classic_last() {
    constexpr unsigned longest_distance = 30;
    const auto column = in_.column();
    const auto word = in_.take_letters();
    if (equal_ignoring_case(word, "lw")) {
      parsed_.special.last_workday = true;
      return true;
    }
    if (!equal_ignoring_case(word, "l"))
      return text_cursor::fault_at(column,
                                   fmt::format("{} is unknown: expected L, L-n or LW", quote(word.substr(0, 20))));
    unsigned distance = 0;
    if (in_.take('-')) {
      const auto number = read_number(longest_distance);
      if (!number)
        return number.err();
      distance = *number;
    }
    parsed_.special.days_before_last |= 1u << distance;
    return true;
  }

  /// What may follow a value in the classic dialect: `15W`, `5#3`, `5L`
  handled read_suffix(unsigned value) {
    if (!is_classic_ || !is_day_field())
      return false;
    if (!is_weekday()) {
      if (!in_.take('W') && !in_.take('w'))
        return false;
      parsed_.special.nearest_workdays |= day_bits{1} << value;
      return true;
    }
    const auto bit = static_cast<weekday_bits>(1u << value % 7);
    if (std::exchange(name_has_l_, false) || in_.take('L') || in_.take('l')) {
      parsed_.special.last_weekdays |= bit;
      return true;
    }
    if (!in_.take('#'))
      return false;
    const auto column = in_.column();
    const auto which = read_number(5);
    if (!which)
      return which.err();
    if (*which == 0)
      return text_cursor::fault_at(column, "0 is less than 1");
    parsed_.special.nth_weekdays[*which - 1] |= bit;
    return true;
  }

  cron_field field_;
  const field_rule& rule_;
  bool is_classic_;
  bool name_has_l_ = false;
  text_cursor in_;
  parsed_field parsed_;
};

} // namespace

std::string_view to_string(cron_field field) noexcept { return rule_of(field).name; }

day_pattern parsed_field::pattern(cron_field field) const noexcept {
  auto pattern = special;
  if (field == cron_field::day)
    pattern.days |= static_cast<day_bits>(values);
  else
    pattern.weekdays |= static_cast<weekday_bits>(values);
  return pattern;
}

std::optional<std::string> cron_definition::*member_of(cron_field field) noexcept {
  constexpr std::array members{&cron_definition::year,   &cron_definition::month,       &cron_definition::day,
                               &cron_definition::week,   &cron_definition::day_of_week, &cron_definition::hour,
                               &cron_definition::minute, &cron_definition::second};
  return members[static_cast<std::size_t>(field)];
}

result<parsed_field> parse_cron_field(cron_field field, cron_dialect dialect, std::string_view text,
                                      std::size_t column) {
  if (text.size() > max_cron_text_size)
    return {ec::limit_exceeded,
            fmt::format("{} has {} bytes, more than {}", to_string(field), text.size(), max_cron_text_size)};
  return field_reader{field, dialect, text, column}.read();
}

std::vector<cron_member> split_cron_members(std::string_view expression) {
  constexpr std::size_t usual_count = 7;
  const auto is_white_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  std::vector<cron_member> members;
  members.reserve(usual_count);
  const auto end = expression.end();
  auto begin = std::find_if_not(expression.begin(), end, is_white_space);
  while (begin != end) {
    const auto stop = std::find_if(begin, end, is_white_space);
    members.push_back({{begin, stop}, static_cast<std::size_t>(begin - expression.begin()) + 1});
    begin = std::find_if_not(stop, end, is_white_space);
  }
  return members;
}

} // namespace carillon
