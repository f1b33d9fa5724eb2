#pragma once

#include "carillon/store/inspection.hpp"

#include "carillon/store/key_value.hpp"

#include <vector>

namespace carillon::keyed {

/// What is wrong with a store's records, and the writes that put right what can be. They go together, in one batch.
struct repair_plan {
  std::vector<record_finding> findings;
  write_batch writes; ///< empty: there is nothing to do
};

/// Looks at all records of a store that stands still. Holds the ids of all schedules and of the jobs that haven't ended in memory. What
/// can't be read goes to the quarantine. What lies there and can be read goes back, if its place is free: a schedule with both its
/// records, or anew. Entries of the indexes follow from the records. Errors: those of `db`; ec::store_corrupt if the store's own
/// records can't be read.
[[nodiscard]] result<repair_plan> plan_repair(const record_reader& db, timestamp now);

} // namespace carillon::keyed
