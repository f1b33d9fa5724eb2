#include "rocksdb/data_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace carillon::keyed {
namespace {

std::string holder_file(const std::string& folder) { return folder + "/holder"; }

std::string program_name() {
  std::ifstream in{"/proc/self/comm"};
  std::string name;
  std::getline(in, name);
  return name.empty() ? "unknown program" : name;
}

} // namespace

result<void> make_data_folder(const std::string& folder) {
  const auto refuse = [&](int code, std::string_view what) {
    const auto kind = code == EACCES || code == EPERM || code == EROFS ? ec::permission_denied
                      : code == ENOSPC || code == EDQUOT               ? ec::disk_full
                                                                       : ec::store_io;
    return error{kind, fmt::format("data folder {}: {}: {}", folder, what, std::strerror(code))};
  };
  if (folder.empty())
    return {ec::invalid_argument, "data folder: its name is empty"};
  std::error_code failed;
  if (const auto parent = std::filesystem::absolute(folder, failed).parent_path(); !failed)
    std::filesystem::create_directories(parent, failed);
  if (failed)
    return refuse(failed.value(), "the folder above it can't be made");
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return refuse(errno, "it can't be made");
  if (!std::filesystem::is_directory(folder, failed))
    return refuse(ENOTDIR, "it can't be used");
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
    return refuse(errno, "it can't be used");
  return {};
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

} // namespace carillon::keyed
