#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::crontab {

/// Whether each entry names a user before its command, as /etc/crontab and the files of /etc/cron.d do.
enum class crontab_kind : std::uint8_t { user, system };

/// Where a line is wrong. Lines count from 1; columns too, in bytes.
struct fault {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string text; ///< a sentence without a full stop

  friend bool operator==(const fault&, const fault&) = default;
};

/// One line that says when to run what.
struct entry {
  std::size_t line = 0;
  std::string times; ///< the five fields with one blank between them, or the macro: `17 * * * *`, `@daily`
  std::size_t times_column = 0;
  std::string user; ///< of a system crontab
  std::size_t user_column = 0;
  std::string written;                          ///< the command as it stands in the file
  std::string command;                          ///< what the shell gets: `written` up to the first bare `%`
  std::string standard_input;                   ///< what stands after it, with `%` as newline
  std::map<std::string, std::string> variables; ///< those set above it
  std::string timezone;                         ///< the CRON_TZ above it; empty: the machine's zone

  [[nodiscard]] bool is_at_reboot() const noexcept { return times == "@reboot"; }
};

/// What a file says: its good entries, and what is wrong with the other lines, both in the order of the lines.
struct parsed_crontab {
  std::vector<entry> entries;
  std::vector<fault> faults;
};

/// The longest line that isn't a comment, in bytes.
inline constexpr std::size_t max_line_size = 64 << 10;

/// Reads a crontab. A line that is wrong gives a fault and harms no other, but for a CRON_TZ that names no zone: the
/// entries below it, up to the next CRON_TZ, are left out rather than run at a wrong time. The times are checked: an entry
/// that is given can fire. Any bytes are taken; a pure function.
[[nodiscard]] parsed_crontab parse_crontab(std::string_view text, crontab_kind kind);

} // namespace carillon::crontab
