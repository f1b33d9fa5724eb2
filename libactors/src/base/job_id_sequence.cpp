#include "base/job_id_sequence.hpp"

namespace carillon {

job_id job_id_sequence::next(timestamp now, std::uint64_t random_high, std::uint64_t random_low) {
  constexpr std::uint64_t max_counter = 0xFFF; // of the 12 bits behind the version
  const std::lock_guard lock{mutex_};
  const timestamp at = std::chrono::floor<std::chrono::milliseconds>(now);
  counter_ = at == last_ && counter_ < max_counter ? counter_ + 1 : random_high & (max_counter / 2);
  last_ = at;
  return job_id::make(at, counter_, random_low);
}

} // namespace carillon
