// The offline checker: a RocksDB store read as it lies there, beside whoever holds it.
#include "keyed/check.hpp"
#include "keyed/told_reader.hpp"
#include "rocksdb/rocksdb_read_only.hpp"

#include <algorithm>
#include <filesystem>

#include <sys/stat.h>

namespace carillon::keyed {
namespace {

// When the files were last changed. Records that expire leave in a compaction, which writes files: so whatever expired later is
// still there, however long ago the node was stopped.
timestamp last_changed(const std::string& folder) {
  auto newest = timestamp::min();
  std::error_code failed;
  for (auto entry = std::filesystem::directory_iterator{folder, failed};
       !failed && entry != std::filesystem::directory_iterator{}; entry.increment(failed)) {
    struct stat about {};
    if (::stat(entry->path().c_str(), &about) == 0 && S_ISREG(about.st_mode))
      newest = std::max(
          newest, timestamp{std::chrono::duration_cast<duration>(std::chrono::seconds{about.st_mtim.tv_sec} +
                                                                 std::chrono::nanoseconds{about.st_mtim.tv_nsec})});
  }
  return newest;
}

result<history_report> verify(const std::string& folder, timestamp now, const progress_listener& tell) {
  const auto db = open_read_only(folder);
  if (!db)
    return db.err();
  // After the opening: what goes from then on is still read here.
  const auto changed = last_changed(folder) + std::chrono::seconds{1};
  return check_records(told_reader{**db, tell}, std::min(now, changed), store_config{}.history_retention);
}

} // namespace
} // namespace carillon::keyed

namespace carillon {

result<history_report> verify_rocksdb_store(const std::string& folder, timestamp now, const progress_listener& tell) {
  return keyed::verify(folder, now, tell);
}

} // namespace carillon
