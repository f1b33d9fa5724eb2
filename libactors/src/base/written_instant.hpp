#pragma once

#include "carillon/base/civil_time.hpp"
#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"

namespace carillon {

/// An instant that was written with an offset, or in a zone: ec::invalid_argument if its year in UTC isn't 1 to 9999, as no text could
/// say it then.
[[nodiscard]] inline result<timestamp> written_instant(timestamp x) {
  const auto day = std::chrono::floor<std::chrono::days>(x.time_since_epoch()).count();
  const auto year = to_local_date(day).year;
  if (year < min_year || year > max_year)
    return {ec::invalid_argument, "its year in UTC isn't 1 to 9999"};
  return x;
}

} // namespace carillon
