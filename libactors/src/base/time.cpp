#include "carillon/base/time.hpp"

#include "base/duration_limit.hpp"
#include "base/text_cursor.hpp"
#include "base/written_instant.hpp"
#include "carillon/base/civil_time.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>

namespace carillon {
namespace {

using namespace std::chrono_literals;

struct unit {
  std::string_view name;
  duration length;
};

constexpr std::array units{unit{"w", 168h}, unit{"d", 24h},  unit{"h", 1h},  unit{"m", 1min},
                           unit{"s", 1s},   unit{"ms", 1ms}, unit{"us", 1us}};

const unit* find_unit(std::string_view name) {
  for (const auto& candidate : units)
    if (candidate.name == name)
      return &candidate;
  return nullptr;
}

/// `0.digits` of a unit in whole microseconds; nothing if it isn't whole.
std::optional<duration> fraction_of(std::string_view digits, duration unit_length) {
  // From the last digit on: each step must leave no rest, as a rest could only get finer.
  std::int64_t value = 0;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    value += (*digit - '0') * unit_length.count();
    if (value % 10 != 0)
      return std::nullopt;
    value /= 10;
  }
  return duration{value};
}

/// A number with its unit, such as `1.5h`.
result<duration> take_length(text_cursor& in) {
  const auto start = in.column();
  const auto whole = in.take_digits();
  if (whole.empty())
    return in.fault("expected a number with a unit, such as 30s");
  std::string_view fraction;
  if (in.take('.')) {
    fraction = in.take_digits();
    if (fraction.empty())
      return in.fault("expected a digit");
  }
  const auto unit_column = in.column();
  const auto* found = find_unit(in.take_letters());
  if (found == nullptr)
    return text_cursor::fault_at(unit_column, "expected a unit: us, ms, s, m, h, d or w");
  std::int64_t count = 0;
  for (const char digit : whole) {
    count = count * 10 + (digit - '0');
    if (count > longest_duration / found->length)
      return text_cursor::fault_at(start, "more than 10,000 years");
  }
  const auto part = fraction_of(fraction, found->length);
  if (!part)
    return text_cursor::fault_at(start, "finer than a microsecond");
  return found->length * count + *part;
}

} // namespace

std::string to_iso8601(timestamp when) {
  const auto since_epoch = when.time_since_epoch();
  // Not `since_epoch - floor<days>(since_epoch)`: the first day of the range begins before the range.
  auto day = std::chrono::duration_cast<std::chrono::days>(since_epoch);
  auto time = since_epoch % std::chrono::days{1};
  if (time < duration::zero()) {
    --day;
    time += std::chrono::days{1};
  }
  const auto date = to_local_date(day.count());
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z"), date.year, date.month, date.day,
                     second / 1h, second % 1h / 1min, second % 1min / 1s, (time - second).count());
}

result<timestamp> parse_iso8601(std::string_view text) {
  const auto written = parse_date_time(text);
  if (!written)
    return written.err();
  if (!written->offset)
    return text_cursor::fault_at(text.size() + 1, "the offset is missing: expected 'Z' or one such as +02:00");
  return written_instant(timestamp{written->local - *written->offset});
}

result<duration> parse_duration(std::string_view text) {
  text_cursor in{text};
  duration sum{};
  do {
    const auto part = take_length(in);
    if (!part)
      return part.err();
    if (*part > longest_duration - sum)
      return text_cursor::fault_at(1, "more than 10,000 years");
    sum += *part;
  } while (!in.at_end());
  return sum;
}

result<void> check_duration(std::string_view field, std::optional<duration> length) {
  if (length && *length < duration{0})
    return {ec::invalid_argument, fmt::format("{}: {} is negative", field, to_text(*length))};
  if (length && *length > longest_duration)
    return {ec::limit_exceeded, fmt::format("{}: more than 10,000 years", field)};
  return {};
}

std::string to_text(duration length) {
  if (length == duration::zero())
    return "0s";
  if (length < duration::zero() && length != duration::min())
    return "-" + to_text(-length); // a length is never negative, but a message may show a difference
  std::string text;
  for (const auto& candidate : units) {
    if (candidate.name == "w" && length % candidate.length != duration::zero())
      continue; // 10d reads better than 1w3d
    const auto count = length / candidate.length;
    if (count != 0)
      fmt::format_to(std::back_inserter(text), "{}{}", count, candidate.name);
    length -= candidate.length * count;
  }
  return text;
}

} // namespace carillon
