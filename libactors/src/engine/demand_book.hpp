#pragma once

#include "carillon/store/data_store.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace carillon::engine {

/// The standing demand of each executor (decision 6): a level that its holder replaces at will. What was handed out since
/// the level was taken the store subtracts itself, by its leases. Pure.
class demand_book {
public:
  /// Replaces the executor's demand; one of an older process is replaced too.
  void update(demand level) { executors_[level.holder.executor].level = std::move(level); }

  /// Every executor that wants jobs, the one served longest ago first.
  [[nodiscard]] std::vector<demand> open() const;

  /// The executor has got jobs: the others come first next time.
  void on_served(const std::string& executor) { executors_[executor].served = ++turns_; }

private:
  struct entry {
    demand level;
    std::uint64_t served = 0;
  };
  std::map<std::string, entry> executors_;
  std::uint64_t turns_ = 0;
};

} // namespace carillon::engine
