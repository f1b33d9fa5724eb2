#include "rocksdb/new_folder.hpp"

#include "base/file_descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace fs = std::filesystem;

namespace carillon::keyed {
namespace {

error fault_of(const std::string& folder, int code, std::string_view what) {
  const auto kind = code == EACCES || code == EPERM || code == EROFS ? ec::permission_denied
                    : code == ENOSPC || code == EDQUOT               ? ec::disk_full
                    : code == EEXIST || code == ENOTEMPTY            ? ec::conflict
                                                                     : ec::store_io;
  return {kind, fmt::format("folder {}: {}: {}", folder, what, std::strerror(code))};
}

bool sync_folder(const std::string& folder) {
  const file_descriptor entries{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return entries.is_open() && ::fsync(entries.get()) == 0;
}

} // namespace

result<new_folder> new_folder::begin(std::string wanted) {
  // What is renamed to it at the end may take the place of an empty folder, but not of one that something is mounted on.
  const auto is_mounted_on = [](const std::string& folder) {
    struct statx own {};
    return ::statx(AT_FDCWD, folder.c_str(), AT_SYMLINK_NOFOLLOW, 0, &own) == 0 &&
           (own.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  };
  std::error_code failed;
  wanted = fs::absolute(wanted, failed).lexically_normal(); // which nothing gives nothing
  while (wanted.size() > 1 && wanted.ends_with('/'))
    wanted.pop_back();
  if (failed || wanted.size() <= 1)
    return error{ec::invalid_argument, "the new folder has no name"};
  const auto there = fs::symlink_status(wanted, failed);
  if (fs::exists(there) && !(fs::is_directory(there) && fs::is_empty(wanted, failed)))
    return error{ec::conflict, fmt::format("{} is there already: name a new folder", wanted)};
  if (fs::exists(there) && is_mounted_on(wanted))
    return error{ec::conflict, fmt::format("{} is where something is mounted: name a new folder in it", wanted)};
  if (fs::create_directories(fs::path{wanted}.parent_path(), failed); failed)
    return fault_of(wanted, failed.value(), "the folder above it can't be made");
  auto outer = wanted + ".unfinished";
  if (::mkdir(outer.c_str(), S_IRWXU) != 0) {
    if (errno == EEXIST)
      return error{ec::conflict,
                   fmt::format("{} is left of one that was interrupted, or another one is under way: remove it "
                               "if nobody is at work on it",
                               outer)};
    return fault_of(outer, errno, "it can't be made");
  }
  return new_folder{std::move(wanted), std::move(outer)};
}

new_folder::new_folder(new_folder&& other) noexcept
  : wanted_(std::move(other.wanted_)), outer_(std::exchange(other.outer_, {})) {}

new_folder::~new_folder() {
  std::error_code ignored;
  if (!outer_.empty())
    fs::remove_all(outer_, ignored);
}

result<void> new_folder::finish() {
  const auto made = path();
  if (::chmod(made.c_str(), S_IRWXU) != 0 || !sync_folder(made))
    return fault_of(made, errno, "it can't be put on disk");
  if (::rename(made.c_str(), wanted_.c_str()) != 0) // an empty folder may be there
    return fault_of(wanted_, errno, "it can't get its name");
  const auto outer = std::exchange(outer_, {});
  std::error_code ignored;
  fs::remove(outer, ignored);
  if (!sync_folder(fs::path{wanted_}.parent_path()))
    return fault_of(wanted_, errno, "its name can't be put on disk");
  return {};
}

} // namespace carillon::keyed
