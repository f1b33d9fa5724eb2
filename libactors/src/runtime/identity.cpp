#include "runtime/identity.hpp"

#include "base/file_descriptor.hpp"
#include "carillon/base/ids.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon::runtime {
namespace {

error identity_fault(const std::string& path, const char* what) {
  const int code = errno;
  const auto kind = code == EACCES || code == EPERM || code == EROFS ? ec::permission_denied
                    : code == ENOSPC || code == EDQUOT               ? ec::disk_full
                                                                     : ec::store_io;
  return {kind, fmt::format("{}: {}: {}", path, what, std::strerror(code))};
}

result<std::string> read_identity(int file, const std::string& path) {
  std::string text(max_id_size_bytes + 2, '\0');
  const auto size = ::read(file, text.data(), text.size());
  if (size < 0)
    return identity_fault(path, "can't be read");
  text.resize(static_cast<std::size_t>(size));
  if (text.ends_with('\n'))
    text.pop_back();
  if (auto checked = check_id("node name", text); !checked)
    return error{ec::invalid_argument,
                 fmt::format("{} holds no name of a node: remove it for a new one, or give the node a name ({})", path,
                             checked.err().text())};
  return text;
}

// Whole or not at all, whatever crashes when.
result<void> write_identity(const std::string& folder, const std::string& path, const std::string& name) {
  const auto draft = path + ".new";
  const file_descriptor file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  const auto text = name + "\n";
  if (file.get() < 0 || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.get()) != 0 || ::rename(draft.c_str(), path.c_str()) != 0)
    return identity_fault(path, "can't be made");
  const file_descriptor entries{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (entries.get() < 0 || ::fsync(entries.get()) != 0)
    return identity_fault(folder, "can't be synced");
  return {};
}

} // namespace

std::string make_identity(entropy& random) { return fmt::format("node-{:016x}", random.next()); }

result<std::string> open_identity(const std::string& folder, entropy& random) {
  const auto path = folder + "/node-id";
  const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() >= 0)
    return read_identity(file.get(), path);
  if (errno != ENOENT)
    return identity_fault(path, "can't be opened");
  auto name = make_identity(random);
  const auto written = write_identity(folder, path, name);
  return written ? result<std::string>{std::move(name)} : written.err();
}

} // namespace carillon::runtime
