#include "rocksdb/rocksdb_status.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

// RocksDB tries the old name of a file last and tells of that one: people look for the one that is missing.
std::string with_present_names(std::string text) {
  for (std::size_t at; (at = text.find(".ldb")) != std::string::npos;)
    text.replace(at, 4, ".sst");
  return text;
}

} // namespace

error store_damaged(const std::string& folder, std::string_view why, std::string_view advice) {
  return {
      ec::store_corrupt,
      fmt::format("the store in {} is damaged: {}. Nothing was deleted. Keep a copy of the folder; restore it from a "
                  "backup, or {}",
                  folder, why, advice)};
}

error to_error(const rocksdb::Status& status, const std::string& folder) {
  const auto text = with_present_names(status.ToString());
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::SubCode::kSpaceLimit || says(text, "No space left"))
    return {ec::disk_full,
            fmt::format("no space is left for the store in {}: free some (a node that runs goes on by itself): {}",
                        folder, text)};
  if (says(text, "Permission denied") || says(text, "Read-only file system"))
    return {ec::permission_denied, fmt::format("the store in {} can't be used: {}", folder, text)};
  // A file that is missing, and so much that was expected of it, is damage as well.
  if (status.IsCorruption() || says(text, "No such file") || says(text, "does not exist") || says(text, "mismatch"))
    return store_damaged(folder, text, "let `ldb repair` save what it can");
  return {ec::store_io, fmt::format("the store in {}: {}", folder, text)};
}

} // namespace carillon::keyed
