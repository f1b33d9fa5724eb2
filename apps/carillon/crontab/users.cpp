#include "crontab/users.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include <pwd.h>
#include <unistd.h>

namespace carillon::crontab {
namespace {

constexpr std::size_t first_buffer_size = 4 << 10;
constexpr std::size_t last_buffer_size = 1 << 20;

// Runs one of getpwnam_r and getpwuid_r with a buffer that is large enough. Gives the account, nothing, or errno.
template <class LookUp>
result<std::optional<user_account>> look_up(LookUp look) {
  std::vector<char> buffer(first_buffer_size);
  for (;;) {
    passwd record{};
    passwd* found = nullptr;
    const int failed = look(&record, buffer.data(), buffer.size(), &found);
    if (failed == ERANGE && buffer.size() < last_buffer_size) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    if (found != nullptr)
      return std::optional{user_account{found->pw_name, found->pw_dir}};
    // These mean "no such user" as well (man 3 getpwnam).
    if (failed == 0 || failed == ENOENT || failed == ESRCH || failed == EBADF || failed == EPERM)
      return std::optional<user_account>{};
    return {ec::unavailable,
            fmt::format("the list of users can't be read: {}", std::generic_category().message(failed))};
  }
}

class system_user_directory final : public user_directory {
public:
  result<std::optional<user_account>> find_user(const std::string& name) const override {
    return look_up([&](passwd* record, char* buffer, std::size_t size, passwd** found) {
      return getpwnam_r(name.c_str(), record, buffer, size, found);
    });
  }
  bool is_folder(const std::string& path) const override {
    std::error_code failed;
    return path.starts_with('/') && std::filesystem::is_directory(path, failed);
  }
};

} // namespace

const user_directory& system_users() noexcept {
  static const system_user_directory users;
  return users;
}

process_identity current_identity() {
  const auto id = geteuid();
  const auto found = look_up([&](passwd* record, char* buffer, std::size_t size, passwd** into) {
    return getpwuid_r(id, record, buffer, size, into);
  });
  if (found && found->has_value())
    return {**found, id == 0};
  return {{std::to_string(id), "/"}, id == 0};
}

} // namespace carillon::crontab
