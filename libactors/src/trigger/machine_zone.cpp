#include "carillon/trigger/defaults.hpp"
#include "trigger/zone.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace carillon {
namespace {

std::string from_environment() {
  const char* value = std::getenv("TZ"); // NOLINT(concurrency-mt-unsafe): read at the start
  std::string name = value == nullptr ? "" : value;
  return name.starts_with(':') ? name.substr(1) : name; // POSIX: a colon stands before a name that the system defines
}

std::string from_timezone_file() {
  std::string name;
  std::ifstream{"/etc/timezone"} >> name;
  return name;
}

std::string from_localtime_link() {
  constexpr std::string_view folder = "zoneinfo/";
  std::error_code failed;
  const auto target = std::filesystem::read_symlink("/etc/localtime", failed).string();
  const auto found = target.rfind(folder);
  return failed || found == std::string::npos ? "" : target.substr(found + folder.size());
}

} // namespace

std::string machine_zone_name() {
  for (const auto& source : {from_environment, from_timezone_file, from_localtime_link})
    if (auto name = source(); zone::find(name))
      return name;
  return "UTC";
}

} // namespace carillon
