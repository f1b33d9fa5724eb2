#include "doctor/folder.hpp"

#include "io/listening_socket.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace fs = std::filesystem;

namespace carillon::app::doctor {
namespace {

constexpr mode_t others = S_IRWXG | S_IRWXO;
constexpr mode_t mode_bits = 07777;

finding check_parent(const std::string& folder) {
  constexpr const char* subject = "data folder";
  std::error_code failed;
  auto above = fs::absolute(folder, failed).lexically_normal();
  do
    above = above.parent_path();
  while (!fs::exists(above, failed) && above != above.root_path());
  if (::access(above.c_str(), W_OK | X_OK) != 0)
    return {level::error, subject,
            fmt::format("{} isn't there, and can't be made in {}: {}", folder, above.string(), std::strerror(errno)),
            fmt::format("make it as root, and give it to the node's user: `install -d -m 700 -o USER {}`", folder)};
  return {level::ok, subject, fmt::format("{} isn't there yet: `carillon serve` makes it", folder), {}};
}

} // namespace

finding check_folder(const std::string& folder) {
  constexpr const char* subject = "data folder";
  struct stat about {};
  if (::stat(folder.c_str(), &about) != 0) {
    if (errno == ENOENT)
      return check_parent(folder);
    return {level::error, subject, fmt::format("{}: {}", folder, std::strerror(errno)),
            "let the node's user enter the folders above it"};
  }
  if (!S_ISDIR(about.st_mode))
    return {level::error, subject, fmt::format("{} is no folder", folder), "name another one"};
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
    return {level::error, subject, fmt::format("{} can't be used by this user: {}", folder, std::strerror(errno)),
            fmt::format("run this as the node's user, or give it to that: `chown -R USER {}`", folder)};
  if ((about.st_mode & others) != 0)
    return {level::warning, subject,
            fmt::format("others may look into {} (mode {:o})", folder, about.st_mode & mode_bits),
            fmt::format("`chmod 700 {}`: job arguments and results are in it", folder)};
  if (about.st_uid != ::geteuid())
    return {level::warning, subject,
            fmt::format("{} belongs to the user {}, and this one is {}", folder, about.st_uid, ::geteuid()),
            "run the node as the folder's owner"};
  return {level::ok, subject, fmt::format("{} is this user's alone", folder), {}};
}

finding check_socket(const std::string& path) {
  constexpr const char* subject = "socket";
  if (const auto checked = check_socket_path(path); !checked)
    return {level::error, subject, checked.err().text(), "name a shorter one with --socket"};
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0)
    return errno == ENOENT ? finding{level::ok, subject, fmt::format("{} isn't there: no node answers", path), {}}
                           : finding{level::error, subject, fmt::format("{}: {}", path, std::strerror(errno)),
                                     "run this as the node's user"};
  if (!S_ISSOCK(about.st_mode))
    return {level::error, subject, fmt::format("{} is something else than a socket", path), "move it away"};
  if ((about.st_mode & others) != 0)
    return {level::error, subject,
            fmt::format("others may connect to {} (mode {:o}), and run commands as the node's user", path,
                        about.st_mode & mode_bits),
            fmt::format("`chmod 600 {}`", path)};
  if (::access(path.c_str(), R_OK | W_OK) != 0)
    return {level::warning, subject, fmt::format("{} is another user's", path), "run this as the node's user"};
  return {level::ok, subject, fmt::format("{} is its owner's alone", path), {}};
}

} // namespace carillon::app::doctor
