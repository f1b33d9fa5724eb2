#include "crontab/crontab_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace carillon::crontab {
namespace {

std::string message_of(int number) { return std::generic_category().message(number); }

class open_file {
public:
  // Not blocking: a named pipe that nobody writes to must not stop the node.
  explicit open_file(const std::string& path)
    : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (number_ >= 0)
      ::close(number_);
  }
  [[nodiscard]] int number() const noexcept { return number_; }

private:
  int number_;
};

// Why the file isn't taken, or nothing.
std::string refusal_of(const struct stat& file, const struct stat& link, bool check_owner) {
  if (!S_ISREG(file.st_mode))
    return "it isn't a regular file";
  if (static_cast<std::uint64_t>(file.st_size) > max_file_size)
    return fmt::format("it has {} bytes, more than {}", file.st_size, max_file_size);
  if (!check_owner)
    return {};
  if (file.st_uid != 0)
    return "its owner isn't root: chown root";
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return "others than its owner can write to it: chmod go-w";
  if (S_ISLNK(link.st_mode) && link.st_uid != 0)
    return "it is a link whose owner isn't root: chown -h root";
  return {};
}

// Fills `into` from the open file. Gives errno, or 0.
int read_all(int file, std::string& into) {
  char buffer[64 << 10];
  while (into.size() <= max_file_size) {
    const auto count = ::read(file, buffer, sizeof buffer);
    if (count == 0)
      return 0;
    if (count < 0 && errno != EINTR)
      return errno;
    if (count > 0)
      into.append(buffer, static_cast<std::size_t>(count));
  }
  return EFBIG;
}

void read_into(crontab_file& file, bool check_owner) {
  const open_file opened{file.path};
  if (opened.number() < 0) {
    const int failed = errno;
    std::error_code ignored;
    // Without its folder (a disk that isn't mounted, say) nobody can tell that the file was removed.
    if (failed != ENOENT || !fs::is_directory(fs::path{file.path}.parent_path(), ignored))
      file.unreadable = message_of(failed);
    return;
  }
  struct stat status {};
  struct stat link {};
  if (::fstat(opened.number(), &status) != 0 || ::lstat(file.path.c_str(), &link) != 0) {
    file.unreadable = message_of(errno);
    return;
  }
  file.unreadable = refusal_of(status, link, check_owner);
  if (!file.unreadable.empty())
    return;
  std::string text;
  if (const int failed = read_all(opened.number(), text); failed != 0)
    file.unreadable = message_of(failed);
  else
    file.text = std::move(text);
}

// The crontabs in a folder, by name; the error of a listing that failed.
std::vector<std::string> list_folder(const std::string& path, std::error_code& failed) {
  std::vector<std::string> names;
  for (fs::directory_iterator at{path, failed}, end; !failed && at != end; at.increment(failed)) {
    auto name = at->path().filename().string();
    std::error_code ignored;
    if (is_crontab_name(name) && !at->is_directory(ignored))
      names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string absolute_path(const std::string& path) {
  std::error_code failed;
  auto whole = fs::absolute(path, failed).lexically_normal().string();
  while (whole.size() > 1 && whole.ends_with('/'))
    whole.pop_back();
  return failed ? path : whole;
}

bool is_known_system_crontab(const std::string& path) {
  return path == "/etc/crontab" || path == "/etc/cron.d" || path.starts_with("/etc/cron.d/");
}

} // namespace

bool is_crontab_name(std::string_view name) noexcept {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

listed_source read_source(const crontab_source& source, bool check_owner) {
  listed_source listed{absolute_path(source.path), {}, {}};
  const bool is_checked = check_owner && source.kind == crontab_kind::system;
  if (source.kind == crontab_kind::user && is_known_system_crontab(listed.path)) {
    listed.unreadable = "its entries name a user: read it with --system";
    return listed;
  }
  std::error_code failed;
  if (!fs::is_directory(listed.path, failed)) {
    listed.files.push_back({listed.path, source.kind, {}, {}});
    read_into(listed.files.back(), is_checked);
    return listed;
  }
  for (const auto& name : list_folder(listed.path, failed)) {
    listed.files.push_back({(fs::path{listed.path} / name).string(), source.kind, {}, {}});
    read_into(listed.files.back(), is_checked);
  }
  if (failed)
    listed.unreadable = failed.message();
  return listed;
}

} // namespace carillon::crontab
