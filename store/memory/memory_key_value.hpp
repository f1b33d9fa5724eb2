#pragma once

#include "carillon/store/memory_disk.hpp"

#include "keyed/key_value_source.hpp"

#include <memory>

namespace carillon::keyed {

/// The seam over ordered maps in memory. What is written goes to `disk` at once and remembers how to be undone, so that
/// the disk can lose it. `may_lose`: keep what that needs; without, memory doesn't grow with the number of writes.
[[nodiscard]] std::unique_ptr<key_value_source> make_memory_source(std::shared_ptr<memory_disk> disk, bool may_lose);

/// Records that lie on the disk now, expired ones included. For tests.
[[nodiscard]] std::uint64_t count_records(memory_disk& disk);

} // namespace carillon::keyed
