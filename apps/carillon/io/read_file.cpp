#include "io/read_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace carillon::app {
namespace {

struct file_closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Of the last call that failed.
error reading_fault() {
  return {ec::invalid_argument, errno == EISDIR ? "it is a folder, and a file is wanted" : std::strerror(errno)};
}

result<std::string> read_to_end(std::FILE* file) {
  std::string text;
  std::array<char, 1U << 16U> part; // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
  while (const auto size = std::fread(part.data(), 1, part.size(), file))
    text.append(part.data(), size);
  if (std::ferror(file) != 0)
    return reading_fault();
  return text;
}

} // namespace

result<std::string> read_whole_file(const std::string& path) {
  const std::unique_ptr<std::FILE, file_closer> file{std::fopen(path.c_str(), "re")};
  return file ? read_to_end(file.get()) : reading_fault();
}

result<std::string> read_standard_input() { return read_to_end(stdin); }

} // namespace carillon::app
