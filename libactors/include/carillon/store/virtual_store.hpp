#pragma once

#include "carillon/store/data_store.hpp"

#include <memory>
#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// A store in memory for virtual time: it looks for newer zone data once, at its first claim, and not each minute.
///
/// `copy_of` not empty: it begins with what the RocksDB store in that folder had under way at one moment: its tasks, its schedules
/// with where they stand, its jobs that haven't ended with their leases, its counter and its zone data's release. What is over isn't
/// copied: ended jobs, dead letters, skips, past definitions, the quarantine. What can't be read is in the copy's own quarantine. Nothing is
/// written to the folder and no lock is taken: it works beside a node that holds it.
///
/// `config`: its own. Any thread. Errors: as verify_rocksdb_store.
[[nodiscard]] result<std::unique_ptr<data_store>> open_virtual_store(const std::string& copy_of,
                                                                     const store_config& config);

} // namespace carillon
#pragma GCC visibility pop
