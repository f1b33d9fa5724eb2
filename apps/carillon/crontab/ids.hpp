#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace carillon::crontab {

/// What the ids of all schedules that come from crontabs begin with.
inline constexpr std::string_view id_prefix = "crontab/";

/// Gives the entries of one load their ids, in the order of files and lines: `crontab/root:backup:1f0c93b2`, where `root` is
/// the user, `backup` the file's name, and the digits a hash of the file's whole path, the user and the command as written.
/// The times aren't in it, so that changing them changes the schedule and not its identity. The second entry with the
/// same id gets `#2`, and so on. Ids keep to the rules of check_id: other characters become `_`, long names are cut (the
/// hash tells them apart).
class id_maker {
public:
  [[nodiscard]] std::string make_id(std::string_view path, std::string_view user, std::string_view command);

private:
  std::map<std::string, std::uint32_t> seen_;
};

} // namespace carillon::crontab
