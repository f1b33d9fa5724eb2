#pragma once

#include "carillon/base/result.hpp"

#include <sys/types.h>

#include <string>
#include <utility>

namespace carillon::app {

/// Checks that a socket can have that path. Errors: ec::limit_exceeded, naming the limit.
[[nodiscard]] result<void> check_socket_path(const std::string& path);

/// A Unix socket that listens, reachable by its owner only (mode 0600). Its destructor closes it and removes the file, if that
/// is still its own. Movable.
class listening_socket {
public:
  /// The socket of a process that is gone is replaced. Errors: ec::limit_exceeded for too long a path; ec::store_in_use where
  /// somebody answers, or something that is no socket is there; ec::permission_denied, ec::not_found (its folder), ec::internal.
  [[nodiscard]] static result<listening_socket> open(const std::string& path);

  listening_socket(listening_socket&& other) noexcept { swap(other); }
  listening_socket& operator=(listening_socket&& other) noexcept {
    swap(other);
    return *this;
  }
  ~listening_socket();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
  listening_socket() = default;
  void swap(listening_socket& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(path_, other.path_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
  }

  int descriptor_ = -1;
  std::string path_;
  dev_t device_ = 0; // of the file, 0: there is none
  ino_t inode_ = 0;
};

} // namespace carillon::app
