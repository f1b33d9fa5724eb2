#include "codec/exact_sum.hpp"

#include "base/text_cursor.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <fmt/format.h>

namespace carillon::codec {
namespace {

using big_int = boost::multiprecision::cpp_int;

constexpr std::size_t max_number_size = 100;
constexpr unsigned max_exponent = 100;

big_int power_of_ten(unsigned exponent) { return boost::multiprecision::pow(big_int{10}, exponent); }

/// digits * 10^exponent
struct decimal {
  big_int digits;
  int exponent = 0;
};

void append(big_int& number, std::string_view digits) {
  for (const char digit : digits)
    number = number * 10 + (digit - '0');
}

result<int> take_exponent(text_cursor& in) {
  const bool is_negative = in.peek() == '-';
  if (!in.take('-'))
    in.take('+');
  const auto digits = in.take_digits();
  if (digits.empty())
    return in.fault("expected a digit");
  unsigned exponent = 0;
  for (const char digit : digits) {
    exponent = exponent * 10 + static_cast<unsigned>(digit - '0');
    if (exponent > max_exponent)
      return error{ec::limit_exceeded, fmt::format("the exponent is beyond {}", max_exponent)};
  }
  return is_negative ? -static_cast<int>(exponent) : static_cast<int>(exponent);
}

result<decimal> parse_decimal(std::string_view text) {
  if (text.size() > max_number_size)
    return error{ec::limit_exceeded, fmt::format("the number has more than {} characters", max_number_size)};
  text_cursor in{text};
  const bool is_negative = in.take('-');
  const auto whole = in.take_digits();
  if (whole.empty())
    return in.fault("expected a digit");
  decimal number;
  append(number.digits, whole);
  if (in.take('.')) {
    const auto fraction = in.take_digits();
    if (fraction.empty())
      return in.fault("expected a digit");
    append(number.digits, fraction);
    number.exponent = -static_cast<int>(fraction.size());
  }
  if (in.take('e') || in.take('E')) {
    const auto exponent = take_exponent(in);
    if (!exponent)
      return exponent.err();
    number.exponent += *exponent;
  }
  if (!in.at_end())
    return in.fault("expected the end of the number");
  if (is_negative)
    number.digits = -number.digits;
  return number;
}

} // namespace

/// The sum is numerator / 10^scale microseconds.
struct exact_sum::state {
  big_int numerator;
  unsigned scale = 0;
};

exact_sum::exact_sum() : state_(std::make_unique<state>()) {}
exact_sum::~exact_sum() = default;

result<void> exact_sum::add(std::string_view number, duration unit) {
  auto parsed = parse_decimal(number);
  if (!parsed)
    return parsed.err();
  big_int term = parsed->digits * unit.count();
  unsigned scale = 0;
  if (parsed->exponent < 0)
    scale = static_cast<unsigned>(-parsed->exponent);
  else
    term *= power_of_ten(static_cast<unsigned>(parsed->exponent));
  if (scale > state_->scale) {
    state_->numerator *= power_of_ten(scale - state_->scale);
    state_->scale = scale;
  }
  state_->numerator += term * power_of_ten(state_->scale - scale);
  return {};
}

result<duration> exact_sum::rounded() const {
  constexpr duration longest = std::chrono::years{10'000};
  const big_int denominator = power_of_ten(state_->scale);
  const bool is_negative = state_->numerator < 0;
  const big_int magnitude = abs(state_->numerator);
  big_int quotient = magnitude / denominator;
  const big_int twice_rest = 2 * (magnitude % denominator);
  if (twice_rest > denominator || (twice_rest == denominator && quotient % 2 != 0))
    ++quotient;
  if (quotient > longest.count())
    return error{ec::invalid_argument, "longer than 10,000 years"};
  const duration length{static_cast<std::int64_t>(quotient)};
  return is_negative ? -length : length;
}

} // namespace carillon::codec
