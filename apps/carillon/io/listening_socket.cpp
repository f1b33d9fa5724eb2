#include "io/listening_socket.hpp"

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace carillon::app {
namespace {

constexpr std::size_t longest_path = sizeof(sockaddr_un{}.sun_path) - 1;
constexpr int waiting_connections = 512;

error system_error(const std::string& path, int number) {
  ec code = ec::internal;
  std::string advice;
  if (number == EACCES || number == EPERM || number == EROFS) {
    code = ec::permission_denied;
    advice = ": choose another one with --socket";
  } else if (number == ENOENT || number == ENOTDIR) {
    code = ec::not_found;
    advice = ": its folder must be there";
  }
  return {code, fmt::format("can't listen on the control socket {}: {}{}", path, std::strerror(number), advice)};
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

template <class F>
int with_address(const std::string& path, F call) {
  const auto address = address_of(path);
  return call(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(sizeof address)); // NOLINT
}

enum class occupant { none, alive, gone, no_socket };

// Who holds the path now. The probe's connection is closed at once.
occupant look_at(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0)
    return occupant::none; // or not to be seen: then bind says why
  if (!S_ISSOCK(found.st_mode))
    return occupant::no_socket;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int connected =
      with_address(path, [&](const sockaddr* address, socklen_t size) { return ::connect(probe, address, size); });
  const bool refused = connected != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused ? occupant::gone : occupant::alive; // a full backlog (EAGAIN) is alive too
}

} // namespace

result<void> check_socket_path(const std::string& path) {
  if (path.size() > longest_path)
    return {
        ec::limit_exceeded,
        fmt::format("the path of a control socket has at most {} bytes; {} has {}: name a shorter one with --socket",
                    longest_path, path, path.size())};
  return {};
}

result<listening_socket> listening_socket::open(const std::string& path) {
  if (auto checked = check_socket_path(path); !checked)
    return checked.err();
  switch (look_at(path)) {
    case occupant::none: break;
    case occupant::gone: ::unlink(path.c_str()); break;
    case occupant::alive:
      return {ec::store_in_use, fmt::format("a node listens on {} already: stop it, or choose another --socket", path)};
    case occupant::no_socket:
      return {ec::store_in_use, fmt::format("{} is no socket, and isn't overwritten: choose another --socket", path)};
  }
  listening_socket made;
  made.path_ = path;
  made.descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // On Linux the file gets the mode that the socket has when it is bound: there is no moment with another one, and no umask
  // that other threads would see.
  if (made.descriptor_ < 0 || ::fchmod(made.descriptor_, S_IRUSR | S_IWUSR) != 0)
    return system_error(path, errno);
  if (with_address(
          path, [&](const sockaddr* address, socklen_t size) { return ::bind(made.descriptor_, address, size); }) != 0)
    return system_error(path, errno);
  struct stat bound {};
  if (::stat(path.c_str(), &bound) != 0 || ::listen(made.descriptor_, waiting_connections) != 0)
    return system_error(path, errno);
  made.device_ = bound.st_dev;
  made.inode_ = bound.st_ino;
  return made;
}

listening_socket::~listening_socket() {
  if (descriptor_ < 0)
    return;
  ::close(descriptor_);
  struct stat found {};
  if (inode_ != 0 && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_)
    ::unlink(path_.c_str());
}

} // namespace carillon::app
