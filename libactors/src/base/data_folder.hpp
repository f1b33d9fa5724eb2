#pragma once

#include "base/file_descriptor.hpp"
#include "carillon/base/result.hpp"

#include <string>

/// A node's folder, who holds it, and how a backup of one differs from it.
namespace carillon {

/// Makes the folder, and those above it, if it isn't there: only its owner may look inside (mode 0700). A backup isn't taken for
/// one: what went on with it would give numbers out again that the store has given out since.
/// Errors: ec::permission_denied, ec::disk_full, ec::store_io, ec::invalid_argument.
[[nodiscard]] result<void> make_data_folder(const std::string& folder);

/// Whether something else than a folder is in its place, which needs nothing to be opened or made. Errors: ec::store_io.
[[nodiscard]] result<void> check_data_folder(const std::string& folder);

/// Makes the folder, which holds a store, known as a backup.
[[nodiscard]] result<void> mark_as_backup(const std::string& folder);
[[nodiscard]] bool is_backup(const std::string& folder) noexcept;

/// That another process has it: ec::store_in_use.
[[nodiscard]] error data_folder_held(const std::string& folder);

/// Keeps other nodes out of the folder as long as it is open, and writes the holder. Errors: those of make_data_folder,
/// ec::store_in_use.
[[nodiscard]] result<file_descriptor> lock_data_folder(const std::string& folder);

/// A lock keeps others out, RocksDB's own or that of `lock_data_folder`; this file only tells them who holds it. Best effort.
void write_holder(const std::string& folder);

/// `process 123 (carillon)`, or nothing if it isn't known.
[[nodiscard]] std::string read_holder(const std::string& folder);

} // namespace carillon
