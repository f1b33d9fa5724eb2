#pragma once

#include "carillon/base/time.hpp"

#include <cstddef>
#include <cstdint>

namespace carillon {

/// Limits on what comes from outside (decision 19) and on catching up. Above one, ec::limit_exceeded.
struct limits {
  std::size_t argument_size_bytes = 1 << 20; ///< of a job's arguments, and of a result
  std::size_t metadata_size_bytes = 64 << 10;
  std::size_t output_size_bytes =
      64 << 10; ///< captured output: the first and the last half are kept, the rest is counted
  std::size_t batch_items = 1'000;
  std::size_t batch_size_bytes = 4 << 20;
  std::size_t page_items = 1'000;
  std::size_t waiting_jobs_per_schedule = 10'000;
  std::uint32_t max_lost_attempts = 3; ///< then a job is abandoned (decision 11)
  std::size_t dead_letters = 100'000;  ///< above it the oldest becomes history like any other finished job
};

} // namespace carillon
