#pragma once

#include "carillon/base/result.hpp"

#include <optional>
#include <string>

namespace carillon::crontab {

struct user_account {
  std::string name;
  std::string home;
};

/// The accounts of this machine; a port, so that the rest can be tested without them.
class user_directory {
public:
  virtual ~user_directory() = default;
  /// Nothing if there is no such user. Errors: ec::unavailable when it can't be known now.
  [[nodiscard]] virtual result<std::optional<user_account>> find_user(const std::string& name) const = 0;
  /// Whether a command can have `path` as its working directory.
  [[nodiscard]] virtual bool is_folder(const std::string& path) const = 0;
};

/// The system's (getpwnam and the file system).
[[nodiscard]] const user_directory& system_users() noexcept;

/// Whom this process runs as. A user id without a name gets its digits, and `/` as home.
struct process_identity {
  user_account account;
  bool is_root = false;
};
[[nodiscard]] process_identity current_identity();

} // namespace carillon::crontab
