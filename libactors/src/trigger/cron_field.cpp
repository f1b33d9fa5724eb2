#include "trigger/cron_field.hpp"

#include "carillon/base/civil_time.hpp"
#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

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

/// The bits `first`, `first + step`, … up to `last`, which is at most 63.
std::uint64_t bits_of(const stepped_range& range) {
  if (range.step == 1)
    return ~std::uint64_t{0} >> (63 - range.last) & ~std::uint64_t{0} << range.first;
  std::uint64_t bits = 0;
  for (auto value = range.first; value <= range.last; value += range.step)
    bits |= std::uint64_t{1} << value;
  return bits;
}

/// Reads one field into its place. Each method reads one form at the cursor; it gives false, and leaves the error in
/// `fault_`, when the form is wrong.
class field_reader {
public:
  field_reader(cron_field field, cron_dialect dialect, std::string_view text, local_fields& fields, std::size_t column)
    : field_(field), rule_(rule_of(field)), is_classic_(dialect == cron_dialect::classic), in_(text, column),
      fields_(fields), pattern_(field == cron_field::day ? fields.day : fields.weekday) {}

  result<void> read() {
    do {
      in_.take_blanks();
      if (!read_expression())
        return fault_.within(rule_.name);
      in_.take_blanks();
    } while (in_.take(','));
    if (!in_.at_end())
      return in_.fault("expected ',' or the end").within(rule_.name);
    set();
    return {};
  }

private:
  bool fail(error what) {
    fault_ = std::move(what);
    return false;
  }

  bool read_expression() {
    const auto start = in_.column();
    if (in_.take('*'))
      return read_every(start);
    if (is_classic_ && is_day_field() && in_.take('?')) {
      add(every());
      return true;
    }
    if (field_ == cron_field::day) {
      if (is_classic_ && (in_.peek() == 'L' || in_.peek() == 'l'))
        return read_classic_last();
      if (const auto word = is_classic_ ? std::nullopt : position_word())
        return read_position(*word);
    }
    unsigned first = 0;
    if (!read_value(first))
      return false;
    if (is_classic_ && field_ == cron_field::day && (in_.take('W') || in_.take('w'))) {
      pattern_.nearest_workdays |= day_bits{1} << first;
      return true;
    }
    if (is_classic_ && is_weekday()) {
      const auto bit = static_cast<weekday_bits>(1u << first % 7);
      if (std::exchange(name_has_l_, false) || in_.take('L') || in_.take('l')) {
        pattern_.last_weekdays |= bit;
        return true;
      }
      if (in_.take('#'))
        return read_nth(bit);
    }
    return read_range(first, start);
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
    if (field_ != cron_field::year)
      values_ |= bits_of(range);
    else if (range.first == rule_.min && range.last == rule_.max && range.step == 1)
      is_every_year_ = true;
    else
      fields_.years.push_back(range);
  }

  /// What the expressions have in common goes to its place.
  void set() {
    switch (field_) {
      case cron_field::year:
        if (is_every_year_)
          fields_.years.clear();
        break;
      case cron_field::month: fields_.months = static_cast<std::uint32_t>(values_); break;
      case cron_field::day: pattern_.days = static_cast<day_bits>(values_); break;
      case cron_field::week: fields_.weeks = values_; break;
      case cron_field::day_of_week: // a range that goes on after Saturday has bits from 7 on
        pattern_.weekdays = static_cast<weekday_bits>((values_ | values_ >> 7) & every_weekday);
        break;
      case cron_field::hour: fields_.hours = static_cast<std::uint32_t>(values_); break;
      case cron_field::minute: fields_.minutes = values_; break;
      case cron_field::second: fields_.seconds = values_; break;
    }
  }

  bool read_every(std::size_t start) {
    auto range = every();
    if (!read_step(start, is_weekday() ? 7 : range.last - range.first, range))
      return false;
    add(range);
    return true;
  }

  /// What may follow the first value: nothing, `-b`, `-b/n`, `/n`
  bool read_range(unsigned first, std::size_t start) {
    stepped_range range{first, first, 1};
    if (in_.take('-')) {
      unsigned last = 0;
      if (!read_value(last))
        return false;
      if (name_has_l_)
        return fail(in_.fault("a range can't end with L"));
      if (!is_weekday() && last < first)
        return fail(text_cursor::fault_at(start, fmt::format("the range runs backwards, from {} to {}", first, last)));
      range.last = is_weekday() ? weekday_range_end(first, last) : last;
    } else if (in_.peek() == '/') {
      range.last = rule_.max;
    }
    if (!read_step(start, range.last - range.first, range))
      return false;
    add(range);
    return true;
  }

  /// A weekday range may cross the end of the week; it then ends above 7. `0-7` is every day.
  static unsigned weekday_range_end(unsigned first, unsigned last) {
    return first == 0 && last == sunday_as_7 ? last : first + (last + 7 - first) % 7;
  }

  bool read_step(std::size_t start, unsigned limit, stepped_range& range) {
    if (!in_.take('/'))
      return true;
    const auto column = in_.column();
    if (!read_number(max_year, range.step))
      return false;
    if (range.step == 0)
      return fail(text_cursor::fault_at(column, "a step can't be 0"));
    if (range.step > limit && !is_classic_)
      return fail(
          text_cursor::fault_at(start, fmt::format("the step {} is larger than the range, {}", range.step, limit)));
    return true;
  }

  bool read_number(unsigned highest, unsigned& value) {
    const auto column = in_.column();
    const auto digits = in_.take_digits();
    if (digits.empty())
      return fail(in_.fault("expected a number"));
    value = 0;
    for (const char digit : digits) {
      value = value * 10 + static_cast<unsigned>(digit - '0');
      if (value > highest)
        return fail(text_cursor::fault_at(column, fmt::format("{} is more than {}", digits.substr(0, 20), highest)));
    }
    return true;
  }

  bool read_value(unsigned& value) {
    const auto column = in_.column();
    if (is_digit(in_.peek())) {
      if (!read_number(rule_.max, value))
        return false;
      if (value < rule_.min)
        return fail(text_cursor::fault_at(column, fmt::format("{} is less than {}", value, rule_.min)));
      return true;
    }
    if (!is_letter(in_.peek()))
      return fail(in_.fault(in_.at_end() || in_.peek() == ',' ? "an expression is missing" : expected()));
    return read_name(in_.take_letters(), column, value);
  }

  bool read_name(std::string_view word, std::size_t column, unsigned& value) {
    if (field_ == cron_field::month)
      if (const auto index = index_of(word, month_names)) {
        value = *index + 1;
        return true;
      }
    if (is_weekday()) {
      // `friL`: the letters were read in one go
      name_has_l_ = is_classic_ && word.size() == 4 && (word.back() == 'L' || word.back() == 'l');
      if (const auto index = index_of(name_has_l_ ? word.substr(0, 3) : word, weekday_names)) {
        value = *index == 0 && !is_classic_ ? sunday_as_7 : *index; // in the strict form the week begins on Monday
        return true;
      }
    }
    return fail(text_cursor::fault_at(column, fmt::format("{} is unknown: {}", quote(word.substr(0, 20)), expected())));
  }

  [[nodiscard]] std::string_view expected() const {
    if (field_ == cron_field::month)
      return "expected a number, a name such as jan, or '*'";
    if (is_weekday())
      return "expected a number, a name such as mon, or '*'";
    return "expected a number or '*'";
  }

  /// The next word, if it is one with which a position in the month begins.
  [[nodiscard]] std::optional<std::string_view> position_word() const {
    const auto rest = in_.rest();
    const auto word = rest.substr(0, std::find_if_not(rest.begin(), rest.end(), [](char c) {
                                       return is_digit(c) || is_letter(c);
                                     }) - rest.begin());
    return equal_ignoring_case(word, "last") || index_of(word, ordinals) ? std::optional{word} : std::nullopt;
  }

  /// `last`, `last mon`, `2nd mon`
  bool read_position(std::string_view word) {
    for (std::size_t i = 0; i < word.size(); ++i)
      in_.advance();
    const auto ordinal = index_of(word, ordinals);
    const auto blanks = in_.take_blanks();
    if (!ordinal && !(blanks && is_letter(in_.peek()))) {
      pattern_.days_before_last |= 1;
      return true;
    }
    const auto column = in_.column();
    const auto name = in_.take_letters();
    const auto weekday = index_of(name, weekday_names);
    if (!blanks || !weekday)
      return fail(text_cursor::fault_at(column, fmt::format("expected a weekday such as mon after {}", quote(word))));
    const auto bit = static_cast<weekday_bits>(1u << *weekday);
    (ordinal ? pattern_.nth_weekdays[*ordinal] : pattern_.last_weekdays) |= bit;
    return true;
  }

  /// `L`, `L-n`, `LW`
  bool read_classic_last() {
    constexpr unsigned longest_distance = 30;
    const auto column = in_.column();
    const auto word = in_.take_letters();
    if (equal_ignoring_case(word, "lw")) {
      pattern_.last_workday = true;
      return true;
    }
    if (!equal_ignoring_case(word, "l"))
      return fail(text_cursor::fault_at(
          column, fmt::format("{} is unknown: expected L, L-n or LW", quote(word.substr(0, 20)))));
    unsigned distance = 0;
    if (in_.take('-') && !read_number(longest_distance, distance))
      return false;
    pattern_.days_before_last |= 1u << distance;
    return true;
  }

  /// The number in `5#3`
  bool read_nth(weekday_bits weekday) {
    const auto column = in_.column();
    unsigned which = 0;
    if (!read_number(5, which))
      return false;
    if (which == 0)
      return fail(text_cursor::fault_at(column, "0 is less than 1"));
    pattern_.nth_weekdays[which - 1] |= weekday;
    return true;
  }

  cron_field field_;
  const field_rule& rule_;
  bool is_classic_;
  bool name_has_l_ = false;
  bool is_every_year_ = false;
  text_cursor in_;
  std::uint64_t values_ = 0; ///< bit n for the value n
  local_fields& fields_;
  day_pattern& pattern_; ///< of the field, if it is a day field
  error fault_;
};

} // namespace

std::string_view to_string(cron_field field) noexcept { return rule_of(field).name; }

std::optional<std::string> cron_definition::*member_of(cron_field field) noexcept {
  constexpr std::array members{&cron_definition::year,   &cron_definition::month,       &cron_definition::day,
                               &cron_definition::week,   &cron_definition::day_of_week, &cron_definition::hour,
                               &cron_definition::minute, &cron_definition::second};
  return members[static_cast<std::size_t>(field)];
}

result<void> parse_cron_field(cron_field field, cron_dialect dialect, std::string_view text, local_fields& into,
                              std::size_t column) {
  if (text.size() > max_cron_text_size)
    return {ec::limit_exceeded,
            fmt::format("{} has {} bytes, more than {}", to_string(field), text.size(), max_cron_text_size)};
  return field_reader{field, dialect, text, into, column}.read();
}

cron_members split_cron_members(std::string_view expression) {
  const auto is_white_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  cron_members members;
  for (std::size_t at = 0; at < expression.size();) {
    if (is_white_space(expression[at])) {
      ++at;
      continue;
    }
    const auto begin = at;
    while (at < expression.size() && !is_white_space(expression[at]))
      ++at;
    if (members.count < members.first.size())
      members.first[members.count] = {expression.substr(begin, at - begin), begin + 1};
    ++members.count;
  }
  return members;
}

} // namespace carillon
