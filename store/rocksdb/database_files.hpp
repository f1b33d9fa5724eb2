#pragma once

#include "carillon/base/result.hpp"

#include <rocksdb/env.h>

#include <string>

namespace carillon::keyed {

/// To be asked before RocksDB opens a folder to write: where it finds no database of ours it makes one, and deletes the files of the one that
/// was there (I6). So what it would take for a new one must be new: a folder without files of a database, or with what a
/// crash has left of its making. Changes nothing. Errors: ec::store_corrupt, which says what to do.
[[nodiscard]] result<void> check_database_files(rocksdb::Env& env, const std::string& folder);

} // namespace carillon::keyed
