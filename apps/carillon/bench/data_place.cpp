#include "bench/data_place.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace carillon::app::bench {

namespace fs = std::filesystem;

result<data_place> data_place::open(const std::string& named) {
  if (named.empty()) {
    auto made = (fs::current_path() / "carillon-bench-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr)
      return {ec::permission_denied,
              fmt::format("no folder can be made here: {}; name one with --data", std::strerror(errno))};
    // The first ends the process that measures, the second comes when nobody reads any more: this one removes the folder then.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    return data_place{std::move(made), true};
  }
  std::error_code failed;
  fs::create_directories(named, failed);
  if (!failed && !fs::is_empty(named, failed) && !failed)
    return {ec::conflict,
            fmt::format("--data: the folder {} isn't empty; what is measured needs one of its own", named)};
  if (failed)
    return {ec::permission_denied, fmt::format("--data: the folder {}: {}", named, failed.message())};
  return data_place{fs::absolute(named).string(), false};
}

data_place::~data_place() {
  std::error_code ignored;
  if (is_own_ && !folder_.empty())
    fs::remove_all(folder_, ignored);
}

data_place::data_place(data_place&& other) noexcept
  : folder_(std::exchange(other.folder_, {})), is_own_(other.is_own_), used_(other.used_) {}

std::string data_place::next() {
  const auto folder_of = [this](int number) { return fmt::format("{}/{}", folder_, number); };
  std::error_code ignored;
  if (is_own_ && used_ > 0)
    fs::remove_all(folder_of(used_), ignored);
  return folder_of(++used_);
}

} // namespace carillon::app::bench
