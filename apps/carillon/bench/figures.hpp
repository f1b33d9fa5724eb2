#pragma once

#include "bench/distribution.hpp"
#include "cli/table.hpp"

#include "carillon/model/value.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carillon::app::bench {

/// Prints figures as they come: rows of a table, or with `json` lines {"bench", "metric", "value", "unit", "settings"}. On a terminal
/// a line below says what is being measured.
class report {
public:
  report(std::string bench, bool json);

  void add(const std::vector<figure>& figures, const value::map& settings);
  void progress(const std::string& text) { progress_.show(bench_ + ": " + text); }

private:
  std::string bench_;
  bool json_;
  table table_;
  progress_line progress_;
};

// ---- what this process costs

/// Processor time, of all threads, in seconds.
[[nodiscard]] double processor_seconds();
/// How often one of its threads has gone to sleep, and so woken up.
[[nodiscard]] std::uint64_t wake_ups();
[[nodiscard]] double resident_mebibytes();

} // namespace carillon::app::bench
