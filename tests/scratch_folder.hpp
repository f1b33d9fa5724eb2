#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace carillon::test {

/// A folder that goes away with the test. Others may look into it (0755): a command may run as another user.
class scratch_folder {
public:
  scratch_folder() {
    auto name = (std::filesystem::temp_directory_path() / "carillon-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), name);
    path_ = name;
    std::filesystem::permissions(path_, std::filesystem::perms{0755});
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// Writes the file `name` anew; its path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path_ / name} << text;
    return *this / name;
  }

private:
  std::filesystem::path path_;
};

} // namespace carillon::test
