#pragma once

#include "crontab/parser.hpp"

#include "carillon/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::crontab {

/// What a person named: a crontab, or a folder of them such as /etc/cron.d.
struct crontab_source {
  std::string path;
  crontab_kind kind = crontab_kind::user;
};

inline constexpr std::size_t max_file_size = 16 << 20;

/// One crontab and what became of reading it.
struct crontab_file {
  std::string path; ///< absolute; what ids and metadata are made from. Links in it are not followed.
  crontab_kind kind = crontab_kind::user;
  std::optional<std::string> text; ///< none: it isn't there any more, or `unreadable` says why
  std::string unreadable;          ///< not empty: what its entries are now can't be known
};

/// The files of a source, or why they can't be listed.
struct listed_source {
  std::string path; ///< absolute
  std::vector<crontab_file> files;
  std::string unreadable; ///< of a folder
};

/// Whether a file of that name in a folder of crontabs is one: letters, digits, `_` and `-` only, as Debian's cron has it, so
/// that what editors and packages leave behind isn't.
[[nodiscard]] bool is_crontab_name(std::string_view name) noexcept;

/// Reads what the source names; a folder's files in the order of their names. `check_owner` (for a node that runs as root)
/// refuses system crontabs that others could have written: a file, and a link to it, must belong to root and mustn't be
/// writable by group or others. A file that isn't there though its folder is has neither text nor `unreadable`.
[[nodiscard]] listed_source read_source(const crontab_source& source, bool check_owner);

} // namespace carillon::crontab
