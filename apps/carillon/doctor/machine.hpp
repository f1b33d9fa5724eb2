#pragma once

#include "doctor/finding.hpp"

#include "carillon/base/time.hpp"

#include <cstdint>
#include <optional>

namespace carillon::app::doctor {

struct clock_facts {
  timestamp wall{};
  bool is_synchronised = false; ///< as the kernel was told by whoever does it
  duration max_error{};         ///< as that says
  duration apart{};             ///< by how much the wall clock moved more than the boot clock in `watched`
  duration watched{};
  std::optional<timestamp> newest_file; ///< in the data folder
};
[[nodiscard]] clock_facts read_clock(const std::string& data_folder);
[[nodiscard]] finding judge(const clock_facts& facts);

struct zone_facts {
  std::string version;      ///< `2025b`; something else: no release is told
  std::string machine_zone; ///< IANA name
  timestamp now{};
  std::string unused_variable{}; ///< what TZ holds, if that isn't the name of a zone: another one is taken
};
[[nodiscard]] zone_facts read_zone_data();
[[nodiscard]] finding judge(const zone_facts& facts);

struct file_limit_facts {
  std::uint64_t files = 0; ///< that a process may have open, if it asks for as many as it can
};
[[nodiscard]] file_limit_facts read_file_limit();
[[nodiscard]] finding judge(const file_limit_facts& facts);

struct disk_facts {
  std::string folder; ///< that there is
  std::string fault;  ///< not empty: it can't be looked at
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
  std::uint64_t free_files = 0;
  std::uint64_t total_files = 0; ///< 0: the file system doesn't count them
  bool is_read_only = false;
  bool is_network = false;
  bool is_memory = false;
};
/// Of the folder, or the nearest one above it that there is.
[[nodiscard]] disk_facts read_disk(const std::string& folder);
[[nodiscard]] finding judge(const disk_facts& facts);

} // namespace carillon::app::doctor
