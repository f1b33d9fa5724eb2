#include "rocksdb/database_files.hpp"

#include "rocksdb/rocksdb_options.hpp"
#include "rocksdb/rocksdb_status.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace carillon::keyed {
namespace {

// Of the first version of a database; a crash while it was made can leave it without a CURRENT.
constexpr std::string_view first_manifest = "MANIFEST-000001";

bool is_numbered(std::string_view name, std::string_view end) {
  return name.ends_with(end) && name.size() > end.size() &&
         std::ranges::all_of(name.substr(0, name.size() - end.size()), [](char x) { return x >= '0' && x <= '9'; });
}

// Whether the file holds, or tells of, what somebody has written.
bool has_content(rocksdb::Env& env, const std::string& folder, const std::string& name) {
  if (is_numbered(name, ".sst") || is_numbered(name, ".blob"))
    return true;
  std::uint64_t size = 0;
  return is_numbered(name, ".log") && env.GetFileSize(folder + "/" + name, &size).ok() && size > 0;
}

error damaged(const std::string& folder, std::string_view why) {
  return store_damaged(folder, why, "copy it once more if it is a copy; a new store needs an empty folder");
}

} // namespace

result<void> check_database_files(rocksdb::Env& env, const std::string& folder) {
  std::vector<std::string> names;
  if (!env.GetChildren(folder, &names).ok())
    return {}; // not there yet, or for the opening to tell
  const bool is_written =
      std::ranges::any_of(names, [&](const std::string& name) { return has_content(env, folder, name); });
  if (std::ranges::find(names, "CURRENT") == names.end()) {
    const bool has_later = std::ranges::any_of(
        names, [](const std::string& name) { return name.starts_with("MANIFEST-") && name != first_manifest; });
    return is_written || has_later
               ? damaged(folder,
                         "there are files of a database, but CURRENT is missing, which says which of them count")
               : result<void>{};
  }
  if (!is_written)
    return {};
  const rocksdb_settings settings{std::make_shared<std::atomic<std::int64_t>>(0)};
  auto options = settings.database;
  options.env = &env;
  std::vector<std::string> families;
  const bool is_other = rocksdb::DB::ListColumnFamilies(rocksdb::Options{options, {}}, folder, &families).ok() &&
                        families == std::vector{rocksdb::kDefaultColumnFamilyName};
  return is_other
             ? damaged(folder,
                       "there is a database in it, but not one of Carillon, or nothing is left of its list of files")
             : result<void>{};
}

} // namespace carillon::keyed
