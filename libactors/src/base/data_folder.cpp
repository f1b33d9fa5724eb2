#include "base/data_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon {
namespace {

std::string holder_file(const std::string& folder) { return folder + "/holder"; }
std::string backup_file(const std::string& folder) { return folder + "/BACKUP"; }

std::string program_name() {
  std::ifstream in{"/proc/self/comm"};
  std::string name;
  std::getline(in, name);
  return name.empty() ? "unknown program" : name;
}

error fault_of(const std::string& folder, int code, std::string_view what) {
  const auto kind = code == EACCES || code == EPERM || code == EROFS ? ec::permission_denied
                    : code == ENOSPC || code == EDQUOT               ? ec::disk_full
                                                                     : ec::store_io;
  return {kind, fmt::format("data folder {}: {}: {}", folder, what, std::strerror(code))};
}

} // namespace

result<void> check_data_folder(const std::string& folder) {
  struct stat seen {};
  return ::stat(folder.c_str(), &seen) == 0 && !S_ISDIR(seen.st_mode) ? fault_of(folder, ENOTDIR, "it can't be used")
                                                                      : result<void>{};
}

result<void> make_data_folder(const std::string& folder) {
  const auto refuse = [&](int code, std::string_view what) { return fault_of(folder, code, what); };
  if (folder.empty())
    return {ec::invalid_argument, "data folder: its name is empty"};
  std::error_code failed;
  if (const auto parent = std::filesystem::absolute(folder, failed).parent_path(); !failed)
    std::filesystem::create_directories(parent, failed);
  if (failed)
    return refuse(failed.value(), "the folder above it can't be made");
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return refuse(errno, "it can't be made");
  if (auto checked = check_data_folder(folder); !checked)
    return checked;
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
    return refuse(errno, "it can't be used");
  if (is_backup(folder))
    return {ec::invalid_argument,
            fmt::format("{} is a backup: `carillon restore {}` makes a data folder of it", folder, folder)};
  return {};
}

result<void> mark_as_backup(const std::string& folder) {
  constexpr std::string_view text = "A backup of a Carillon store. `carillon restore` makes a data folder of it.\n";
  const file_descriptor file{
      ::open(backup_file(folder).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH)};
  if (!file.is_open() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.get()) != 0)
    return fault_of(folder, errno, "its mark as a backup can't be written");
  return {};
}

bool is_backup(const std::string& folder) noexcept { return ::access(backup_file(folder).c_str(), F_OK) == 0; }

error data_folder_held(const std::string& folder) {
  const auto holder = read_holder(folder);
  return {ec::store_in_use, fmt::format("the store in {} is held by {}: stop it first, or use another data folder",
                                        folder, holder.empty() ? "another process" : holder)};
}

result<file_descriptor> lock_data_folder(const std::string& folder) {
  if (auto made = make_data_folder(folder); !made)
    return made.err();
  file_descriptor lock{::open((folder + "/node.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (!lock.is_open())
    return fault_of(folder, errno, "its lock can't be opened");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return fault_of(folder, errno, "it can't be locked");
    return data_folder_held(folder);
  }
  write_holder(folder);
  return lock;
}

void write_holder(const std::string& folder) {
  std::ofstream out{holder_file(folder), std::ios::trunc};
  out << ::getpid() << ' ' << program_name() << '\n';
}

std::string read_holder(const std::string& folder) {
  std::ifstream in{holder_file(folder)};
  long process = 0;
  std::string name;
  if (!(in >> process) || !std::getline(in >> std::ws, name))
    return {};
  return fmt::format("process {} ({})", process, name);
}

} // namespace carillon
