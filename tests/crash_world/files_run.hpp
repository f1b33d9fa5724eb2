#pragma once

#include "crash_world/crash_run.hpp"

#include "carillon/store/file_disk.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The scenario on a real database whose files end at a chosen operation.
namespace carillon::testing {

/// What came of one run.
struct files_verdict {
  std::uint64_t writes = 0;  ///< operations on files, up to the power cut
  bool was_cut = false;      ///< false: it ended before
  bool was_compared = false; ///< what was on disk after the cut was compared with what was there before
  std::vector<std::string> faults;
  std::vector<std::string> operations; ///< on files, if they are to be kept

  friend bool operator==(const files_verdict&, const files_verdict&) = default;
};

struct files_run {
  durability level = durability::sync;
  std::uint64_t cut_at = 0; ///< the operation that is the last one; 0: none
  bool is_torn = false;     ///< a part of what wasn't synced stays, chosen by `cut_at`
  bool keeps_operations = false;
};

/// Runs it: with `sync` to its end, with `async` until the cut.
[[nodiscard]] files_verdict run_on_files(const files_run& what);

} // namespace carillon::testing
