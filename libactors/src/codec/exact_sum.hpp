#pragma once

#include "carillon/base/time.hpp"

#include <memory>
#include <string_view>

namespace carillon::codec {

/// Adds up lengths of time that are given as decimal numbers of some unit, exactly as written, and rounds only the sum
/// (trigger-semantics 3.1).
class exact_sum {
public:
  exact_sum();
  ~exact_sum();
  exact_sum(const exact_sum&) = delete;
  exact_sum& operator=(const exact_sum&) = delete;

  /// Adds a JSON number of `unit`. Errors: ec::invalid_argument for other text; ec::limit_exceeded for more than 100
  /// characters or an exponent beyond 100.
  [[nodiscard]] result<void> add(std::string_view number, duration unit);

  /// The sum in whole microseconds, half to even. Errors: ec::invalid_argument beyond 10,000 years.
  [[nodiscard]] result<duration> rounded() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace carillon::codec
