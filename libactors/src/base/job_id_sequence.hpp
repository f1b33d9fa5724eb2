#pragma once

#include "carillon/base/ids.hpp"

#include <mutex>

namespace carillon {

/// Makes the ids of new jobs, UUIDv7, that sort in the order in which they were made, also within a millisecond (RFC 9562, 6.2,
/// method 1: at least 2,048 of them), unless the clock is set back. Any thread.
class job_id_sequence {
public:
  /// The next id: of `now`, a counter that starts at random in each millisecond, and 62 random bits.
  [[nodiscard]] job_id next(timestamp now, std::uint64_t random_high, std::uint64_t random_low);

private:
  std::mutex mutex_; // guards what follows
  timestamp last_{};
  std::uint64_t counter_ = 0;
};

} // namespace carillon
